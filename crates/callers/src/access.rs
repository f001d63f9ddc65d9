//! What a method asks of its caller.

/// What a method asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Anybody,
    /// A service that may do one of these (scopes, RFC 6749, section 3.3).
    Service(&'static [&'static str]),
    /// A person's access token: the method has a guard of its own, `token_guard::grpc`.
    Person,
}

/// The methods of a server by their paths, such as `/latchkey.identity.v1.UserService/GetUser`.
pub type Table = &'static [(&'static str, Access)];

/// What a server has beside its own services.
pub(crate) const BESIDE: Table = &[
    ("/grpc.health.v1.Health/Check", Access::Anybody),
    ("/grpc.health.v1.Health/Watch", Access::Anybody),
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Access::Anybody),
];
