//! How a new hash is made: argon2id, version 1.3 (RFC 9106).

use super::{
    cost::{Cost, CostError},
    memory::Memory,
    pepper::Peppers,
    scheme::Kind,
};
use argon2::{Algorithm, Argon2, Params, ParamsBuilder, PasswordHash, Version};
use aws_lc_rs::rand;
use password_hash::phc::{Output, ParamsString, Salt};

/// Bytes of salt and of output, as RFC 9106 recommends.
const SALT: usize = 16;
const OUTPUT: usize = 32;

/// The cost of a new hash, as argon2 takes it, and its pepper.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    params: Params,
    peppers: Peppers,
    text: ParamsString,
    kind: Kind,
}

impl Recipe {
    /// The recipe for hashes of this cost.
    pub(super) fn new(cost: Cost, peppers: &Peppers) -> Result<Self, CostError> {
        let refused = |reason: String| CostError::Refused { cost, reason };
        let params = ParamsBuilder::new()
            .m_cost(cost.memory_kib)
            .t_cost(cost.iterations)
            .p_cost(cost.parallelism)
            .output_len(OUTPUT)
            .keyid(peppers.newest())
            .build()
            .map_err(|error| refused(error.to_string()))?;
        let text = ParamsString::try_from(&params).map_err(|error| refused(error.to_string()))?;
        let peppers = peppers.clone();
        let mut recipe = Self { params, peppers, text, kind: Kind::default() };
        recipe.kind = Kind::of(&recipe.decoy()?);
        Ok(recipe)
    }

    /// What such a hash costs.
    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The block that such a hash works in, in KiB.
    pub(super) fn block_kib(&self) -> u32 {
        self.params.block_count().try_into().unwrap_or(u32::MAX)
    }

    /// A hash of `password` with a salt of its own, as a PHC string.
    pub(super) fn make(&self, password: &[u8], memory: &mut Memory) -> Result<String, String> {
        let (salt, mut output): ([u8; SALT], _) = (random()?, [0; OUTPUT]);
        let argon2 = argon2(Algorithm::Argon2id, Version::V0x13, &self.params, &self.peppers)?;
        memory
            .lend(self.params.block_count(), |blocks| {
                argon2.hash_password_into_with_memory(password, &salt, &mut output, blocks)
            })
            .map_err(|error| error.to_string())?;
        self.written(&salt, &output)
    }

    /// A hash of no password: its output is as random as its salt, and found by nobody.
    pub(super) fn decoy(&self) -> Result<String, CostError> {
        let decoy = || self.written(&random::<SALT>()?, &random::<OUTPUT>()?);
        decoy().map_err(CostError::Decoy)
    }

    fn written(&self, salt: &[u8], output: &[u8]) -> Result<String, String> {
        let unwritable = |error: password_hash::phc::Error| error.to_string();
        let hash = PasswordHash {
            algorithm: argon2::ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: self.text.clone(),
            salt: Some(Salt::new(salt).map_err(unwritable)?),
            hash: Some(Output::new(output).map_err(unwritable)?),
        };
        Ok(hash.to_string())
    }
}

/// Argon2 with these parameters, and with the pepper whose id is among them.
pub(super) fn argon2<'key>(
    algorithm: Algorithm,
    version: Version,
    params: &Params,
    peppers: &'key Peppers,
) -> Result<Argon2<'key>, String> {
    let key = peppers.key(params.keyid()).ok_or("its pepper key is missing")?;
    Argon2::new_with_secret(key, algorithm, version, params.clone()).map_err(|it| it.to_string())
}

fn random<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| "the system gives no random bytes".to_owned())?;
    Ok(bytes)
}
