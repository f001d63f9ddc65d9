//! Sign-outs that somebody asked for and that are not complete: because a person was disabled or
//! deleted or has a new password, or because Hydra was away. They are done until they are done.

use super::SignOuts;
use chassis::process::Running;
use std::time::Duration;
use tracing::Instrument as _;

/// Between two questions whether there are any.
const PAUSE: Duration = Duration::from_secs(1);
/// While they cannot be done.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Looks after them in the background. Several replicas that do the same do no harm.
pub(crate) fn finish_pending(running: &Running, sign_outs: SignOuts) {
    let stop = running.stopping();
    running.spawn(async move {
        let mut pause = PAUSE;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return,
            }
            pause = if sign_outs.finish().await { PAUSE } else { LONGEST_PAUSE.min(pause * 2) };
        }
    });
}

impl SignOuts {
    /// Whether nothing stood in the way.
    async fn finish(&self) -> bool {
        let asked = match self.identity.sign_outs().await {
            Ok(asked) => asked,
            Err(status) => {
                tracing::warn!(code = ?status.code(), "nobody says whom to sign out");
                return false;
            }
        };
        let mut all = true;
        for sign_out in asked {
            let span = tracing::info_span!("sign_out.pending");
            let report = self.pending(sign_out).instrument(span).await;
            all &= report.is_complete();
        }
        all
    }
}
