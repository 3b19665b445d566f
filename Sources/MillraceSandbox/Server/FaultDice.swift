#if Web
/// What happened to a request on purpose; the raw value is its name in the report.
enum GivenFault: String, CaseIterable {
    case unavailable, throttled, lost, cut, refused
    case loginRefused = "login-refused"
}

/// Draws the fault of a request from the seed, the request's identity and the attempt.
///
/// Not from a running generator: with several requests in flight their order varies from run to run, and with it the faults.
struct FaultDice {
    let seed: UInt64

    /// The fault for this attempt; nil is none.
    func roll(_ identity: String, attempt: Int64, _ faults: Faults) -> GivenFault? {
        let point = number(identity, attempt)
        var limit = 0.0
        for (share, fault) in [
            (faults.unavailable, GivenFault.unavailable), (faults.lost, .lost), (faults.cut, .cut),
            (faults.throttle, .throttled),
        ] {
            limit += share
            if point < limit { return fault }
        }
        return nil
    }

    /// A number in 0..<1: FNV-1a over the identity, then the finalizer of SplitMix64.
    private func number(_ identity: String, _ attempt: Int64) -> Double {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in identity.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var mixed = hash &+ seed &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(bitPattern: attempt) &* 0xd1b5_4a32_d192_ed03
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        mixed ^= mixed >> 31
        return Double(mixed >> 11) / Double(UInt64(1) << 53)
    }
}
#endif
