//! Compiles the contracts without a `protoc` on the machine, and keeps their descriptors for reflection.

use std::{env, error::Error, fs, path::PathBuf};

const CONTRACTS: [&str; 9] = [
    "latchkey/client/v1/client_app_service.proto",
    "latchkey/client/v1/scope_catalog_service.proto",
    "latchkey/client/v1/sign_out_service.proto",
    "latchkey/identity/v1/audit_service.proto",
    "latchkey/identity/v1/credential_service.proto",
    "latchkey/identity/v1/profile_service.proto",
    "latchkey/identity/v1/session_service.proto",
    "latchkey/identity/v1/throttle_service.proto",
    "latchkey/identity/v1/user_service.proto",
];

/// Fields that hold a secret, by their names, and all that have `password` in it. prost's derived `Debug`
/// would print them: a message with one does not compile until `src/redacted.rs` has its `Debug`.
const SECRET: [&str; 2] = ["client_secret", "device_token"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=latchkey");
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_source_info(true).include_imports(true).open_files(CONTRACTS)?;

    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let descriptors = folder.join("descriptors.bin");
    fs::write(descriptors, compiler.encode_file_descriptor_set())?;

    let contracts = compiler.file_descriptor_set();
    let mut with_secrets = Vec::new();
    for file in &contracts.file {
        let is_secret = |name: &str| name.contains("password") || SECRET.contains(&name);
        let messages = file.message_type.iter();
        let some = messages.filter(|it| it.field.iter().any(|field| is_secret(field.name())));
        with_secrets.extend(some.map(|it| format!(".{}.{}", file.package(), it.name())));
    }
    tonic_prost_build::configure().skip_debug(with_secrets).compile_fds(contracts)?;
    Ok(())
}
