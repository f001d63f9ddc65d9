//! What each method asks of its caller.

use callers::{Access, Table};

const VERIFY: Access = Access::Service(&["identity.verify"]);
const READ: Access = Access::Service(&["identity.users.read", "identity.users"]);
const WRITE: Access = Access::Service(&["identity.users"]);
const AUDIT: Access = Access::Service(&["identity.audit"]);
const SESSIONS: Access = Access::Service(&["identity.sessions"]);
const THROTTLES: Access = Access::Service(&["identity.throttles"]);

/// Every method that is served. What is not in it cannot be called.
pub(crate) const ACCESS: Table = &[
    ("/latchkey.identity.v1.AuditService/ListEvents", AUDIT),
    ("/latchkey.identity.v1.CredentialService/VerifyCredentials", VERIFY),
    ("/latchkey.identity.v1.ProfileService/GetProfile", Access::Person),
    ("/latchkey.identity.v1.SessionService/CompleteSignOut", SESSIONS),
    ("/latchkey.identity.v1.SessionService/ContinueSession", SESSIONS),
    ("/latchkey.identity.v1.SessionService/EndSession", SESSIONS),
    ("/latchkey.identity.v1.SessionService/GetSession", SESSIONS),
    ("/latchkey.identity.v1.SessionService/ListSessions", SESSIONS),
    ("/latchkey.identity.v1.SessionService/ListSignOuts", SESSIONS),
    ("/latchkey.identity.v1.SessionService/RequestSignOut", SESSIONS),
    ("/latchkey.identity.v1.ThrottleService/LiftThrottle", THROTTLES),
    ("/latchkey.identity.v1.ThrottleService/ListThrottles", THROTTLES),
    ("/latchkey.identity.v1.UserService/BatchGetUsers", READ),
    ("/latchkey.identity.v1.UserService/CreateUser", WRITE),
    ("/latchkey.identity.v1.UserService/DeleteUser", WRITE),
    ("/latchkey.identity.v1.UserService/DisableUser", WRITE),
    ("/latchkey.identity.v1.UserService/EnableUser", WRITE),
    ("/latchkey.identity.v1.UserService/GetUser", READ),
    ("/latchkey.identity.v1.UserService/ImportUsers", WRITE),
    ("/latchkey.identity.v1.UserService/ListUsers", READ),
    ("/latchkey.identity.v1.UserService/SetPassword", WRITE),
    ("/latchkey.identity.v1.UserService/UpdateUser", WRITE),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_the_contracts_has_its_access() {
        let listed: Vec<_> = ACCESS.iter().map(|(path, _)| *path).collect();
        assert_eq!(latchkey_proto::methods("latchkey.identity.v1").unwrap(), listed);
    }
}
