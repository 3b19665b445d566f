package import MillraceValues
import Synchronization

/// A clock that stands until a test moves it; waiting moves it too.
package final class ManualClock: Sendable {
    private struct State {
        var now: Instant
        var chance: SeededGenerator
    }
    private let state: Mutex<State>

    /// A clock that stands at `now`, whose chance comes from `seed`.
    package init(_ now: Instant, seed: UInt64 = 1) {
        state = Mutex(State(now: now, chance: SeededGenerator(seed: seed)))
    }

    /// The instant at which it stands.
    package var now: Instant { state.withLock { $0.now } }

    /// Moves it on.
    package func advance(by duration: Duration) { state.withLock { $0.now = $0.now + duration } }

    /// Moves it to an instant, also backwards.
    package func set(_ now: Instant) { state.withLock { $0.now = now } }

    /// A number in 0..<1, from the seed.
    package func random() -> Double {
        state.withLock { Double($0.chance.next() >> 11) / Double(UInt64(1) << 53) }
    }
}

/// Numbers that only look random: the same seed gives the same ones on every machine (SplitMix64).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The numbers of that seed.
    package init(seed: UInt64) { state = seed }

    /// The next one.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
