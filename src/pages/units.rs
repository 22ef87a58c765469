//! Numbers as people read them.

const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];

/// A number of bytes, in the unit that leaves one to three digits before the point.
pub(super) fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    // In tenths, rounded down: floating point would bring in code that formats it.
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}
