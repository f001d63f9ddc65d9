//! A postal address on the command line.

use latchkey_proto::identity::v1::Address;

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Postal address")]
pub(super) struct PostalAddress {
    /// All of it, as on a mailing label
    #[arg(long, value_name = "TEXT")]
    formatted_address: Option<String>,

    /// Street and house number
    #[arg(long, value_name = "TEXT")]
    street_address: Option<String>,

    /// City
    #[arg(long, value_name = "TEXT")]
    locality: Option<String>,

    /// State, province or prefecture
    #[arg(long, value_name = "TEXT")]
    region: Option<String>,

    /// Postal code
    #[arg(long, value_name = "TEXT")]
    postal_code: Option<String>,

    /// Country
    #[arg(long, value_name = "TEXT")]
    country: Option<String>,
}

impl PostalAddress {
    /// What is given, and nothing else.
    pub(super) fn given(&self) -> Address {
        let mut address = Address::default();
        self.set(&mut address);
        address
    }

    /// Says what is given, and leaves the rest.
    pub(super) fn set(&self, address: &mut Address) {
        for (given, part) in [
            (&self.formatted_address, &mut address.formatted),
            (&self.street_address, &mut address.street_address),
            (&self.locality, &mut address.locality),
            (&self.region, &mut address.region),
            (&self.postal_code, &mut address.postal_code),
            (&self.country, &mut address.country),
        ] {
            if let Some(given) = given {
                part.clone_from(given);
            }
        }
    }
}
