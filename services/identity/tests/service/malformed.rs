//! Bytes that are no request, texts that no form would send, and headers that come twice: each gets
//! a clear status, and the service goes on.

use crate::{Answer, PASSWORD, Service, WRONG, attempt, users::get};
use database::scratch::Engine;
use latchkey_proto::{
    identity::v1::{CreateUserRequest, VerifyCredentialsRequest},
    methods,
};
use proptest::{collection::vec, prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use prost::{
    Message as _,
    bytes::{Buf as _, BufMut as _},
    encoding::{WireType, encode_key, encode_varint},
};
use std::str::FromStr as _;
use tonic::{
    Code, Request, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

database::both_databases!(
    no_bytes_break_any_method,
    what_is_no_text_or_too_long_is_refused_before_any_hash,
    null_bytes_and_every_script_are_kept_or_refused,
    headers_that_come_twice_do_no_harm,
);

/// Messages as they are on the wire.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length).to_vec()))
    }
}

/// Sends one message, and reads all that comes back.
async fn send(service: &Service, path: &str, message: Vec<u8>) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(service.channel.clone());
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let path = http::uri::PathAndQuery::from_str(path).unwrap();
    let request = Request::new(tokio_stream::once(message));
    let mut answers = client.streaming(request, path, Raw).await?.into_inner();
    while answers.message().await?.is_some() {}
    Ok(())
}

/// Any bytes; and fields as a message of ours might have them, with any contents.
fn messages() -> impl Strategy<Value = Vec<u8>> {
    let number = any::<u64>().prop_map(|value| {
        let mut bytes = Vec::new();
        encode_varint(value, &mut bytes);
        (WireType::Varint, bytes)
    });
    let sized = |content: BoxedStrategy<Vec<u8>>| {
        content.prop_map(|content| {
            let mut bytes = Vec::new();
            encode_varint(content.len() as u64, &mut bytes);
            bytes.extend(content);
            (WireType::LengthDelimited, bytes)
        })
    };
    let text = sized(any::<String>().prop_map(String::into_bytes).boxed());
    let nested = sized(vec(any::<u8>(), 0..60).boxed());
    let fields = vec((1..12u32, prop_oneof![number, text, nested]), 0..8).prop_map(|fields| {
        let mut message = Vec::new();
        for (tag, (kind, bytes)) in fields {
            encode_key(tag, kind, &mut message);
            message.extend(bytes);
        }
        message
    });
    prop_oneof![vec(any::<u8>(), 0..200), fields]
}

async fn no_bytes_break_any_method(engine: Engine) {
    let service = Service::on(engine).await;
    let (mut runner, mut refused) = (TestRunner::default(), 0);
    for method in methods("latchkey.identity.v1").unwrap() {
        for _ in 0..25 {
            let message = messages().new_tree(&mut runner).unwrap().current();
            let shown = format!("{method} {message:?}");
            let Err(status) = send(&service, &method, message).await else { continue };
            refused += 1;
            let clear = match status.code() {
                // What cannot be decoded (gRPC, status codes: "error parsing request proto").
                Code::Internal => status.message().contains("failed to decode Protobuf message"),
                code => !matches!(code, Code::Unknown | Code::Unavailable | Code::Cancelled),
            };
            assert!(clear, "{shown}: {status:?}");
        }
    }
    assert!(refused > 100, "{refused}");
    let ada = service.add("ada@example.com", "").await.unwrap().subject;
    let answer = service.verify("ada@example.com", PASSWORD).await.unwrap();
    assert_eq!(answer, Answer::Verified(ada));
    service.stop().await;
}

async fn what_is_no_text_or_too_long_is_refused_before_any_hash(engine: Engine) {
    let service = Service::on(engine).await;
    let verify = "/latchkey.identity.v1.CredentialService/VerifyCredentials";
    let mut no_text = VerifyCredentialsRequest {
        identifier: "ada".to_owned(),
        password: "pass".to_owned(),
        context: None,
    }
    .encode_to_vec();
    *no_text.last_mut().unwrap() = 0xff;
    let status = send(&service, verify, no_text).await.unwrap_err();
    assert!(status.message().contains("failed to decode"), "{status:?}");

    let megabyte = "a".repeat(1024 * 1024);
    let status = service.verify("ada", &megabyte).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    let status = service.verify("ada", &megabyte[..1025]).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert_eq!(service.identity.hashing.begun(), 0);
    assert_eq!(service.verify("ada", &megabyte[..1024]).await.unwrap(), WRONG);
    service.stop().await;
}

async fn null_bytes_and_every_script_are_kept_or_refused(engine: Engine) {
    let service = Service::on(engine).await;
    // Hebrew, Arabic, and marks that turn the direction of what follows.
    let name = "\u{202e}\u{5e2}\u{5d3}\u{5d4} \u{628}\u{64a}\u{62a} \u{1f468}\u{200d}\u{1f469}";
    let request = CreateUserRequest {
        email: "\u{5e2}\u{5d3}\u{5d4}@example.com".to_owned(),
        username: "\u{628}\u{64a}\u{62a}".to_owned(),
        display_name: name.to_owned(),
        password: "null\0 is a character as any other".to_owned(),
        ..Default::default()
    };
    let created = service.users().create_user(request.clone()).await.unwrap().into_inner();
    let user = created.user.unwrap();
    assert_eq!(user.display_name, name);
    assert_eq!(get(&service, &user.subject).await.unwrap(), user);
    for (password, right) in [(request.password.as_str(), true), ("null", false)] {
        let answer = service.verify(&request.username, password).await.unwrap();
        assert_eq!(answer != WRONG, right, "{password:?}");
    }
    for (email, username, display_name, request_id) in [
        ("a\0@example.com", "", "A", ""),
        ("a@example.com", "a\0", "A", ""),
        ("a@example.com", "", "A\0", ""),
        ("a@example.com", "", "A", "\0"),
    ] {
        let [email, username, display_name, request_id] =
            [email, username, display_name, request_id].map(str::to_owned);
        let password = PASSWORD.to_owned();
        let wrong = CreateUserRequest {
            email,
            username,
            display_name,
            password,
            request_id,
            ..Default::default()
        };
        let status = service.users().create_user(wrong).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    }
    assert_eq!(service.verify("\0", "\0").await.unwrap(), WRONG);
    service.stop().await;
}

async fn headers_that_come_twice_do_no_harm(engine: Engine) {
    let service = Service::on(engine).await;
    for (name, values) in [
        ("grpc-timeout", ["20S", "1S"]),
        ("grpc-timeout", ["soon", "20S"]),
        ("traceparent", ["00-1-2-3", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]),
        ("user-agent", ["one", "two"]),
    ] {
        let mut request = Request::new(attempt("nobody", PASSWORD, &[]));
        for value in values {
            request.metadata_mut().append(name, value.parse().unwrap());
        }
        let answer = service.credentials().verify_credentials(request).await;
        assert!(answer.is_ok(), "{name}: {answer:?}");
    }
    let mut request = Request::new(attempt("nobody", PASSWORD, &[]));
    for value in ["Bearer a", "Bearer b"] {
        request.metadata_mut().append("authorization", value.parse().unwrap());
    }
    let status = service.credentials().verify_credentials(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated, "nobody can say which counts: {status:?}");
    service.stop().await;
}
