//! Architectures. An organization may publish one block for each: `org/browser-aarch64`,
//! `org/browser-amd64` and so on are siblings. Their slugs end with balena's names for architectures,
//! which a device has as `BALENA_ARCH`.

use serde::{Deserialize, Serialize};

/// A CPU architecture, by balena's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Architecture {
    /// x86-64.
    Amd64,
    /// ARM with 64 bits.
    Aarch64,
    /// ARM version 7 with hardware floating point.
    Armv7hf,
    /// The first Raspberry Pi: ARM version 6.
    Rpi,
    /// ARM version 5.
    Armv5e,
    /// x86 with 32 bits.
    I386,
    /// x86 with 32 bits, without instructions that some processors lack.
    I386Nlp,
}

impl Architecture {
    /// All architectures, in the order in which an index has them. A client takes the first image of
    /// its platform, so of two architectures with the same platform, the more usual one comes first.
    pub const ALL: [Self; 7] = [
        Self::Amd64,
        Self::Aarch64,
        Self::Armv7hf,
        Self::Rpi,
        Self::Armv5e,
        Self::I386,
        Self::I386Nlp,
    ];

    /// Balena's name, with which a sibling's slug ends.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Aarch64 => "aarch64",
            Self::Armv7hf => "armv7hf",
            Self::Rpi => "rpi",
            Self::Armv5e => "armv5e",
            Self::I386 => "i386",
            Self::I386Nlp => "i386-nlp",
        }
    }

    /// The variant of ARM with 32 bits (OCI image specification, "Platform Variants"), for images
    /// that do not say theirs.
    pub fn arm_variant(self) -> Option<&'static str> {
        match self {
            Self::Armv7hf => Some("v7"),
            Self::Rpi => Some("v6"),
            Self::Armv5e => Some("v5"),
            Self::Amd64 | Self::Aarch64 | Self::I386 | Self::I386Nlp => None,
        }
    }
}
