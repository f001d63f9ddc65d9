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

/// Messages that carry a secret: prost's derived `Debug` would print it, `src/redacted.rs` has theirs.
const SECRET: [&str; 8] = [
    ".latchkey.client.v1.CreateAppResponse",
    ".latchkey.client.v1.RotateAppSecretResponse",
    ".latchkey.identity.v1.AttemptContext",
    ".latchkey.identity.v1.CreateUserRequest",
    ".latchkey.identity.v1.ImportUsersRequest",
    ".latchkey.identity.v1.SetPasswordRequest",
    ".latchkey.identity.v1.Verified",
    ".latchkey.identity.v1.VerifyCredentialsRequest",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=latchkey");
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_source_info(true).include_imports(true).open_files(CONTRACTS)?;

    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let descriptors = folder.join("descriptors.bin");
    fs::write(descriptors, compiler.encode_file_descriptor_set())?;

    tonic_prost_build::configure()
        .skip_debug(SECRET)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
