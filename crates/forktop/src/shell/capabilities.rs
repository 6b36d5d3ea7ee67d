//! The capabilities of a process across an exec, which gives root all of them and everybody else none but the ambient ones: what
//! the process has is made ambient before, and all is put right after it.
use super::enter::{EnterError, make, process};
use super::ids::is_roots;
use super::parity::Before;
use privileges::CapabilitySet;
use tracee::{Call, Data, Inside};

const PR_SET_KEEPCAPS: u64 = 8;
const PR_SET_SECUREBITS: u64 = 28;
const PR_CAP_AMBIENT: u64 = 47;
const PR_CAP_AMBIENT_RAISE: u64 = 2;
const PR_CAP_AMBIENT_LOWER: u64 = 3;
/// `_LINUX_CAPABILITY_VERSION_3`.
const CAPABILITY_VERSION: u32 = 0x2008_0522;
/// `SECBIT_NOROOT`, `SECBIT_KEEP_CAPS` and `SECBIT_NO_CAP_AMBIENT_RAISE` (capabilities(7)).
const NO_ROOT: u64 = 1 << 0;
pub(super) const KEEP_CAPS: u64 = 1 << 4;
const NO_AMBIENT_RAISE: u64 = 1 << 6;

/// Has the exec leave it all capabilities that the process has. What cannot be kept is lacking, which is seen later.
pub(super) async fn keep_capabilities(shell: &Inside, before: &Before) {
    let own = before.privileges.essentials.capabilities;
    if own.permitted.is_empty() {
        return;
    }
    // The kernel lets nothing be made inheritable that the bounding set has not.
    let inheritable = own.inheritable | own.permitted & own.bounding;
    let sets = [own.permitted, own.permitted, inheritable];
    if set_capabilities(shell, sets).await.is_err() {
        return;
    }
    let bits = before.securebits.unwrap_or_default();
    if is_roots(before) && bits & NO_ROOT == 0 {
        return;
    }
    if bits & NO_AMBIENT_RAISE != 0 {
        // Locked bits cannot be changed.
        let _ = set_securebits(shell, bits & !NO_AMBIENT_RAISE).await;
    }
    change_ambient(shell, PR_CAP_AMBIENT_RAISE, own.permitted & inheritable).await;
}

/// An exec gives root all capabilities, and us those that were kept as ambient ones.
pub(super) async fn put_capabilities_right(
    shell: &Inside,
    before: &Before,
) -> Result<(), EnterError> {
    let own = before.privileges.essentials.capabilities;
    let now = process(shell)?.essentials()?.capabilities;
    change_ambient(shell, PR_CAP_AMBIENT_RAISE, own.ambient - now.ambient).await;
    if let Some(bits) = before
        .securebits
        .filter(|bits| bits & NO_AMBIENT_RAISE != 0)
    {
        // While it has the capability for that. KEEP_CAPS can be locked, and then is lacking.
        let _ = set_securebits(shell, bits & !KEEP_CAPS).await;
    }
    if now != own {
        let permitted = own.permitted & now.permitted;
        let effective = own.effective & permitted;
        set_capabilities(shell, [effective, permitted, own.inheritable]).await?;
        // The others went with their inheritable ones.
        let kept = now.ambient & own.inheritable & permitted;
        change_ambient(shell, PR_CAP_AMBIENT_LOWER, kept - own.ambient).await;
    }
    if before.securebits.is_some_and(|bits| bits & KEEP_CAPS != 0) {
        let keep = Call::new("prctl").number(PR_SET_KEEPCAPS).number(1);
        // SECBIT_KEEP_CAPS_LOCKED can forbid it.
        let _ = shell.call(&keep).await;
    }
    Ok(())
}

async fn change_ambient(shell: &Inside, how: u64, which: CapabilitySet) {
    for number in which.iter() {
        let change = Call::new("prctl")
            .number(PR_CAP_AMBIENT)
            .number(how)
            .number(number.into());
        // Securebits can forbid it.
        let _ = shell.call(&change).await;
    }
}

async fn set_securebits(shell: &Inside, bits: u64) -> Result<u64, EnterError> {
    let set = Call::new("prctl").number(PR_SET_SECUREBITS).number(bits);
    make(shell, "change how its capabilities are treated", &set).await
}

/// Effective, permitted and inheritable ones (capset(2)).
async fn set_capabilities(shell: &Inside, sets: [CapabilitySet; 3]) -> Result<u64, EnterError> {
    let mut header = CAPABILITY_VERSION.to_le_bytes().to_vec();
    header.extend([0; 4]);
    let half =
        |shift: u32| sets.map(|CapabilitySet(bits)| (bits >> shift & 0xffff_ffff).to_le_bytes());
    let words = [half(0), half(32)];
    let words = words.as_flattened().iter();
    let data = words
        .flat_map(|word| word.iter().take(4).copied())
        .collect();
    let set = Call::new("capset")
        .at(Data::Bytes(header))
        .at(Data::Bytes(data));
    make(shell, "give it the capabilities of the process", &set).await
}
