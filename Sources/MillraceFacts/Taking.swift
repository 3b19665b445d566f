// Hot path: every sample passes here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues

/// What became of a sample that an engine was given.
public enum Taking: Hashable, Sendable {
    /// It was worked on.
    case taken
    /// It is the newest sample once more; nothing was changed.
    case known
    /// It comes before a sample that was worked on; nothing was changed, and the stream has to be worked on again from
    /// there.
    case late
}

/// The sample that was worked on last.
struct NewestSample: Hashable, Sendable {
    var instant: Instant
    var setsCounter: Bool
    var position: Int64

    init(instant: Instant, setsCounter: Bool, position: Int64) {
        (self.instant, self.setsCounter, self.position) = (instant, setsCounter, position)
    }

    init(_ sample: Sample) {
        self.init(instant: sample.instant, setsCounter: sample.setsCounter, position: sample.position)
    }

    /// How a sample stands to this one, in the order of `Sample.precedes`.
    func meeting(_ sample: Sample, isSameSource: Bool) -> Taking {
        if sample.instant != instant { return sample.instant > instant ? .taken : .late }
        if sample.setsCounter != setsCounter { return sample.setsCounter ? .taken : .late }
        if sample.position != position { return sample.position > position ? .taken : .late }
        return isSameSource ? .known : .taken
    }
}
