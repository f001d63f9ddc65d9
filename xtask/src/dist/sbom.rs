//! What the programs are made of, in `CycloneDX`: every crate that is linked into them or that ran
//! to build them, with its licence and the checksum that Cargo.lock holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId, Resolve};
use cyclonedx_bom::{
    external_models::uri::Purl,
    models::{
        component::{Classification, Component, Components, Scope},
        dependency::{Dependencies, Dependency},
        hash::{Hash, HashAlgorithm, HashValue, Hashes},
        license::{LicenseChoice, Licenses},
        metadata::Metadata as About,
    },
    prelude::{Bom, SpdxExpression, SpecVersion, Validate as _},
};
use toml::{Table, Value};

/// Name and version.
type Crate = (String, String);

/// Writes the list for `programs` on the platform `host` to `file`, and checks that it is whole.
pub(super) fn write(root: &Path, host: &str, programs: &[&str], file: &Path) -> Result<()> {
    let metadata = MetadataCommand::new()
        .current_dir(root)
        .other_options(["--locked", "--filter-platform", host].map(str::to_owned))
        .exec()?;
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let bom = list(&metadata, &checksums(&lock)?, programs)?;
    let missing = missing(&bom, &linked(root, host, programs)?);
    if !missing.is_empty() {
        bail!("the list of components lacks {}", missing.join(", "));
    }
    if !bom.validate_version(SpecVersion::V1_5).passed() {
        bail!("the list of components is no CycloneDX 1.5");
    }
    let count = bom.components.as_ref().map_or(0, |it| it.0.len());
    eprintln!("    {count} components, all of them in Cargo.lock");
    bom.output_as_json_v1_5(&mut File::create(file)?).context("cannot write the components")
}

fn list(
    metadata: &Metadata,
    lock: &BTreeMap<Crate, Option<String>>,
    programs: &[&str],
) -> Result<Bom> {
    let resolve = metadata.resolve.as_ref().context("cargo metadata resolved nothing")?;
    let ours = metadata.packages.iter().filter(|it| programs.contains(&it.name.as_str()));
    let ours: Vec<_> = ours.map(|it| &it.id).collect();
    let linked = reached(resolve, &ours, &[DependencyKind::Normal]);
    let all = reached(resolve, &ours, &[DependencyKind::Normal, DependencyKind::Build]);

    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for node in resolve.nodes.iter().filter(|node| all.contains(&node.id)) {
        let package = &metadata[&node.id];
        let known = lock.get(&(package.name.to_string(), package.version.to_string()));
        let checksum = known.with_context(|| format!("{} is not in Cargo.lock", package.name))?;
        components.push(component(package, checksum.as_deref(), linked.contains(&node.id))?);
        let needs = node.deps.iter().map(|it| &it.pkg).filter(|it| all.contains(it));
        dependencies.push(Dependency {
            dependency_ref: reference(package)?.to_string(),
            dependencies: needs
                .map(|id| Ok(reference(&metadata[id])?.to_string()))
                .collect::<Result<_>>()?,
        });
    }
    let suite =
        Component::new(Classification::Application, "latchkey", env!("CARGO_PKG_VERSION"), None);
    Ok(Bom {
        // A random number would make each build another one.
        serial_number: None,
        metadata: Some(About { component: Some(suite), ..About::default() }),
        components: Some(Components(components)),
        dependencies: Some(Dependencies(dependencies)),
        ..Bom::default()
    })
}

fn component(package: &Package, checksum: Option<&str>, linked: bool) -> Result<Component> {
    let (name, version) = (package.name.as_str(), package.version.to_string());
    let purl = reference(package)?;
    let mut component =
        Component::new(Classification::Library, name, &version, Some(purl.to_string()));
    component.purl = Some(purl);
    component.scope = Some(if linked { Scope::Required } else { Scope::Excluded });
    component.hashes = checksum.map(|it| {
        Hashes(vec![Hash { alg: HashAlgorithm::SHA_256, content: HashValue(it.to_owned()) }])
    });
    let licence = package.license.clone().with_context(|| format!("{name} names no licence"))?;
    let licence = SpdxExpression::parse_lax(licence).with_context(|| name.to_owned())?;
    component.licenses = Some(Licenses(vec![LicenseChoice::Expression(licence)]));
    Ok(component)
}

fn reference(package: &Package) -> Result<Purl> {
    Ok(Purl::new("cargo", package.name.as_str(), &package.version.to_string())?)
}

/// All that is reached from `roots` by dependencies of these kinds. Procedural macros count as linked:
/// what they write is.
fn reached<'a>(
    resolve: &'a Resolve,
    roots: &[&'a PackageId],
    kinds: &[DependencyKind],
) -> BTreeSet<&'a PackageId> {
    let mut found = BTreeSet::new();
    let mut next = roots.to_vec();
    while let Some(id) = next.pop() {
        if !found.insert(id) {
            continue;
        }
        let node = resolve.nodes.iter().find(|node| node.id == *id);
        let deps = node.into_iter().flat_map(|node| &node.deps);
        let of_kind = deps.filter(|it| it.dep_kinds.iter().any(|it| kinds.contains(&it.kind)));
        next.extend(of_kind.map(|it| &it.pkg));
    }
    found
}

/// What cargo itself says that it would compile, whatever this file thinks.
fn linked(root: &Path, host: &str, programs: &[&str]) -> Result<BTreeSet<Crate>> {
    let mut tree = Command::new("cargo");
    tree.args(["tree", "--locked", "--prefix=none", "--edges=normal,build", "--format={p}"])
        .args(["--target", host])
        .args(programs.iter().flat_map(|program| ["--package", program]))
        .current_dir(root);
    let output = tree.output().context("cannot start cargo tree")?;
    if !output.status.success() {
        bail!("cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    }
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
    };
    Ok(String::from_utf8(output.stdout)?.lines().filter_map(line).collect())
}

/// Those of `linked` that are not in the list.
fn missing(bom: &Bom, linked: &BTreeSet<Crate>) -> Vec<String> {
    let components = bom.components.iter().flat_map(|it| &it.0);
    let known: BTreeSet<_> = components
        .filter_map(|it| Some((it.name.to_string(), it.version.as_ref()?.to_string())))
        .collect();
    linked.difference(&known).map(|(name, version)| format!("{name} {version}")).collect()
}

/// Each package of Cargo.lock, with its checksum where it comes from elsewhere.
fn checksums(lock: &str) -> Result<BTreeMap<Crate, Option<String>>> {
    let lock: Table = lock.parse().context("Cargo.lock is not TOML")?;
    let packages = lock.get("package").and_then(Value::as_array).context("no packages there")?;
    let text = |package: &Value, key| package.get(key).and_then(Value::as_str).map(str::to_owned);
    let one = |it| Some(((text(it, "name")?, text(it, "version")?), text(it, "checksum")));
    Ok(packages.iter().filter_map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::root;

    #[test]
    fn the_list_is_whole_and_the_same_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let host = super::super::host().unwrap();
        let write = |name: &str| {
            let file = folder.path().join(name);
            write(&root(), &host, &["latchkey"], &file).unwrap();
            fs::read_to_string(file).unwrap()
        };
        let list = write("a");
        assert_eq!(list, write("b"));
        let bom = Bom::parse_from_json_v1_5(list.as_bytes()).unwrap();
        let components = bom.components.unwrap().0;
        let find = |name: &str| components.iter().find(|it| it.name.to_string() == name);
        let tonic = find("tonic").unwrap();
        assert_eq!(tonic.scope, Some(Scope::Required));
        assert_eq!(tonic.hashes.as_ref().unwrap().0.len(), 1);
        assert_eq!(find("tonic-prost-build").unwrap().scope, Some(Scope::Excluded));
        assert!(find("thirtyfour").is_none(), "only tests need it");
    }

    #[test]
    fn a_crate_that_the_list_lacks_is_named() {
        let bom = Bom { components: Some(Components(Vec::new())), ..Bom::default() };
        let linked = BTreeSet::from([("tonic".to_owned(), "0.14.9".to_owned())]);
        assert_eq!(missing(&bom, &linked), ["tonic 0.14.9"]);
    }
}
