//! What the contracts can tell: no answer has a place for a password or its hash.

use latchkey_proto::FILE_DESCRIPTOR_SET;
use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorSet};
use std::collections::{HashMap, HashSet};

/// The fields of a message and of all that it holds, as `Message.field`.
fn fields(name: &str, all: &HashMap<String, DescriptorProto>, seen: &mut HashSet<String>) {
    for field in all.get(name).iter().flat_map(|message| &message.field) {
        if seen.insert(format!("{name}.{}", field.name())) {
            fields(field.type_name(), all, seen);
        }
    }
}

fn messages(prefix: &str, message: &DescriptorProto, all: &mut HashMap<String, DescriptorProto>) {
    let name = format!("{prefix}.{}", message.name());
    for nested in &message.nested_type {
        messages(&name, nested, all);
    }
    all.insert(name, message.clone());
}

#[test]
fn no_answer_has_a_place_for_a_password_or_its_hash() {
    let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    let (mut all, mut told) = (HashMap::new(), HashSet::new());
    for file in &set.file {
        for message in &file.message_type {
            messages(&format!(".{}", file.package()), message, &mut all);
        }
    }
    let methods = set.file.iter().flat_map(|file| &file.service).flat_map(|it| &it.method);
    for method in methods {
        fields(method.output_type(), &all, &mut told);
    }
    // The walk goes into what answers hold.
    assert!(told.contains(".latchkey.identity.v1.Verified.device_token"), "{told:?}");
    let secret = |name: &str| name.contains("password") || name.contains("hash");
    let found: Vec<_> =
        told.iter().filter(|it| it.rsplit('.').next().is_some_and(secret)).collect();
    assert!(found.is_empty(), "{found:?}");
}
