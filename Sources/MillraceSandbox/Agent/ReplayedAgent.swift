#if Web
import MillraceValues

/// An MTConnect agent that has seen a part of its timeline.
///
/// Its clock is the replay's: nothing here asks what time it is, so a test sees the same documents every time.
struct ReplayedAgent {
    let settings: ReplaySettings
    let timeline: Timeline
    /// Everything seen in this life, sequence 1 first; the last `bufferSize` of it are the buffer.
    private(set) var log: [ReplayObservation] = []
    /// How much of the timeline was revealed in all lives.
    private(set) var revealed = 0
    private(set) var instanceID: Int64
    /// The header's creationTime.
    private(set) var clock: ReplayTime
    /// When this life began.
    private(set) var bornAt: ReplayTime
    /// What it answers with instead of a good document.
    private(set) var trouble: Trouble?

    /// A way in which a real agent, or the proxy before it, answers badly.
    enum Trouble: String {
        /// 503.
        case down
        /// An HTML page with status 200.
        case html
        /// A document that ends in its middle.
        case truncated
    }

    /// An agent at the start of its timeline.
    init(_ settings: ReplaySettings) throws(SandboxError) {
        guard settings.bufferSize > 0 else { throw .badSetting(name: "bufferSize", problem: "must be at least 1") }
        guard (400...599).contains(settings.outOfRangeStatus) else {
            throw .badSetting(name: "outOfRangeStatus", problem: "must be a status from 400 to 599")
        }
        self.init(settings, try Timeline(path: settings.timeline))
    }

    private init(_ settings: ReplaySettings, _ timeline: Timeline) {
        self.settings = settings
        self.timeline = timeline
        instanceID = settings.instanceID
        clock = timeline.observations.first?.time ?? .epoch
        bornAt = clock
        advance(by: settings.revealed)
    }

    /// The oldest sequence in the buffer; 1 where nothing was seen yet.
    var firstSequence: Int { max(1, log.count - settings.bufferSize + 1) }
    /// The newest sequence; 0 where nothing was seen yet.
    var lastSequence: Int { log.count }

    /// Reveals every next observation up to an instant, and sets the clock to it.
    ///
    /// An observation with a later time holds back those behind it, as in the file; the clock never goes back.
    mutating func advance(to time: ReplayTime) {
        while revealed < timeline.observations.count, timeline.observations[revealed].time <= time { reveal() }
        clock = max(clock, time)
    }

    /// Reveals that many next observations, as far as there are any; the clock follows them.
    mutating func advance(by count: Int) {
        for _ in 0..<max(0, min(count, timeline.observations.count - revealed)) {
            clock = max(clock, timeline.observations[revealed].time)
            reveal()
        }
    }

    private mutating func reveal() {
        log.append(timeline.observations[revealed])
        revealed += 1
    }

    /// Begins a new life: a new instanceId, sequences from 1, an empty buffer.
    ///
    /// With `seeding`, every data item seen so far is observed at once: as UNAVAILABLE, or with its last value, as real agents
    /// do when their adapters come back.
    mutating func restart(seeding: Seeding) {
        let last = latest(upTo: log.count).map { log[$0 - 1] }
        instanceID &+= 1
        bornAt = clock
        log = []
        if seeding == .none { return }
        for observation in last {
            var seed = ReplayObservation(item: observation.item, time: clock, value: observation.value)
            if seeding == .unavailable {
                seed = ReplayObservation(item: observation.item, time: clock, value: ReplayObservation.unavailable)
            }
            log.append(seed)
        }
    }

    /// What a new life begins with.
    enum Seeding: String {
        case none, unavailable, last
    }

    /// Sets or ends a trouble.
    mutating func set(_ trouble: Trouble, _ on: Bool) {
        if on { self.trouble = trouble } else if self.trouble == trouble { self.trouble = nil }
    }

    /// The newest sequence of each data item up to one, in the order of the data items.
    func latest(upTo sequence: Int) -> [Int] {
        var newest = [Int](repeating: 0, count: timeline.items.count)
        for index in 0..<min(sequence, log.count) { newest[log[index].item] = index + 1 }
        return newest.filter { $0 > 0 }
    }
}
#endif
