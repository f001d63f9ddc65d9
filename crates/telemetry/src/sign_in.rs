//! What ties the requests of one sign-in together over the browser's redirects.
//!
//! A browser carries no trace context, so each of its requests begins a trace. The relying party
//! puts a signed reference to its own span into the authorization URL ([`PARAMETER`]); Hydra keeps
//! parameters that it does not know in a challenge's `request_url`, and there the consent app finds
//! it again. Every later request links to that span and carries its trace id as `sign_in.trace_id`,
//! so that one search finds the whole sign-in.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use secrecy::{ExposeSecret as _, SecretString};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The query parameter of the authorization URL that holds a [`References::make`].
pub const PARAMETER: &str = "latchkey_trace";

const CONTEXT: usize = 16 + 8;
const TAG: usize = 16;

/// Makes and follows references. Both ends hold the same key, so that nobody else can tie their
/// requests to a trace of ours.
#[derive(Debug, Clone)]
pub struct References {
    key: hmac::Key,
}

impl References {
    /// References signed with this key.
    #[must_use]
    pub fn new(key: &SecretString) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes()) }
    }

    /// A reference to the current span, as text that fits into a URL: `trace id, span id, tag`.
    #[must_use]
    pub fn make(&self) -> Option<String> {
        let context = Span::current().context();
        let span = context.span().span_context().clone();
        if !span.is_valid() {
            return None;
        }
        Span::current().record("sign_in.trace_id", span.trace_id().to_string());
        let mut bytes =
            [span.trace_id().to_bytes().as_slice(), &span.span_id().to_bytes()].concat();
        let tag = hmac::sign(&self.key, &bytes);
        bytes.extend(tag.as_ref().iter().take(TAG));
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Links the current span to the one that `reference` names. Anything that is not a reference
    /// of ours is ignored: a trace is never worth a failed sign-in.
    pub fn follow(&self, reference: &str) {
        if let Some(start) = self.read(reference) {
            let span = Span::current();
            span.record("sign_in.trace_id", start.trace_id().to_string());
            span.add_link(start);
        }
    }

    fn read(&self, reference: &str) -> Option<SpanContext> {
        let bytes = URL_SAFE_NO_PAD.decode(reference).ok()?;
        let (context, tag) = bytes.split_at_checked(CONTEXT)?;
        let expected = hmac::sign(&self.key, context);
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_ref().get(..TAG)?, tag)
            .ok()?;
        let (trace_id, span_id) = context.split_at_checked(16)?;
        Some(SpanContext::new(
            TraceId::from_bytes(trace_id.try_into().ok()?),
            SpanId::from_bytes(span_id.try_into().ok()?),
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(key: &References, trace: u8) -> String {
        let bytes = [[trace; 16].as_slice(), &[7; 8]].concat();
        let tag = hmac::sign(&key.key, &bytes);
        URL_SAFE_NO_PAD.encode([&bytes, &tag.as_ref()[..TAG]].concat())
    }

    #[test]
    fn a_reference_comes_back_with_its_trace() {
        let ours = References::new(&SecretString::from("ours"));
        let span = ours.read(&reference(&ours, 3)).unwrap();
        assert_eq!(span.trace_id().to_string(), "03".repeat(16));
        assert_eq!(span.span_id().to_string(), "07".repeat(8));
    }

    #[test]
    fn what_we_did_not_sign_is_no_reference() {
        let ours = References::new(&SecretString::from("ours"));
        let theirs = References::new(&SecretString::from("theirs"));
        let good = reference(&ours, 3);
        for bad in [&reference(&theirs, 3), &good[1..], "", "%", &good.repeat(100)] {
            assert!(ours.read(bad).is_none(), "{bad}");
        }
    }
}
