public import MillraceCore
import MillraceFacts
import MillraceMapping
public import MillraceValues

/// What is where, what is stuck, since when, why, and what to type (DESIGN section 8).
public struct Status: Sendable {
    /// A connector.
    public struct ConnectorState: Hashable, Sendable {
        /// Its name.
        public var id: ConnectorID
        /// Up to when everything of it is read; nil before the first pull.
        public var pulledThrough: Instant?
        /// What was wrong with it in the last run; nil where nothing was.
        public var trouble: String?
        /// Since when.
        public var since: Instant?
        /// How far its clock is off ours, as far as it says its own time.
        public var clock: SourceClock?
        /// How far those of its machines are, as their readings tell.
        public var machines = EquipmentClocks()
    }

    /// An endpoint.
    public struct EndpointState: Hashable, Sendable {
        /// Its name.
        public var id: EndpointID
        /// Whether the site's file lets it send.
        public var delivers: Bool
        /// What is known of its health.
        public var health: EndpointHealth
        /// Whether nothing is sent to it now.
        public var isHeld: Bool
    }

    /// Something that waits for somebody.
    public struct Problem: Hashable, Sendable {
        /// What it is about: `endpoint erp`, `erp/confirm parked`, …
        public var subject: String
        /// What is stuck and why, in words.
        public var sentence: String
        /// Since when; nil where that is not known.
        public var since: Instant?
        /// What to type or mend; empty where only waiting helps.
        public var advice: String
        /// Whether a person is needed; otherwise it goes on by itself.
        public var needsPerson: Bool
    }

    /// What is wrong at this moment with what a run rests on, whatever the last run saw.
    public struct Present: Hashable, Sendable {
        /// Why nothing may be sent from this store (RULES R26); nil where it may.
        public var store: String?
        /// Why nothing more is pulled; nil where there is room on the disk.
        public var disk: String?
        /// Endpoints whose secret cannot be read, and why.
        public var locked: [EndpointID: String]

        /// These troubles.
        public init(store: String? = nil, disk: String? = nil, locked: [EndpointID: String] = [:]) {
            (self.store, self.disk, self.locked) = (store, disk, locked)
        }
    }

    /// When it was so.
    public var now: Instant
    /// What a run would find now.
    public var present: Present
    /// The connectors, by name.
    public var connectors: [ConnectorState] = []
    /// The endpoints, in the order of the site's file.
    public var endpoints: [EndpointState] = []
    /// Documents that are not at their end, by request, state and cause.
    public var queue: [QueueCount] = []
    /// Facts that wait or are set aside.
    public var standings: [StandingCount] = []
    /// Rows set aside.
    public var setAside: [SetAsideCount] = []
    /// The newest lost stretches.
    public var gaps: [RecordedGap] = []
    /// Absolute sums that wait for their opening.
    public var openings: [OpeningRow] = []
    /// Equipment that counts nothing now although its shift runs.
    public var silent: [ReportAlert] = []
    /// Changed sums whose documents are not made yet.
    public var openSums: [OpenSums] = []
    /// The newest run; nil before the first.
    public var lastRun: RunRecord?
    /// What cron was told and still holds.
    public var told: [ToldTrouble] = []
    /// What is stuck or waits, gravest first.
    public var problems: [Problem] = []
    /// What is worth knowing and holds nothing up: shadowed sources, lost stretches.
    public var notes: [Problem] = []

    /// How many lost stretches are shown.
    private static var gapsShown: Int { 5 }
    /// How long a lost stretch is shown.
    private static var gapsShownFor: Duration { .seconds(7 * 86_400) }

    /// Looks.
    ///
    /// - Throws: `StoreError` where the store cannot be read.
    public init(
        of plant: Plant, store: any SiteStore & LookStore & BookStore, present: Present = Present(), now: Instant
    ) throws {
        self.now = now
        self.present = present
        told = try store.told()
        lastRun = try store.runs(limit: 1).first
        for id in Set(plant.readingMappings.flatMap(\.connectors)).sorted() {
            let trouble = told.first { $0.subject == "connector \(id)" }
            connectors.append(
                ConnectorState(
                    id: id, pulledThrough: try store.cursor(of: id).pulledThrough, trouble: trouble?.sentence,
                    since: trouble?.since, clock: SourceClock(try store.note(SourceClock.note(id))),
                    machines: EquipmentClocks(try store.note(EquipmentClocks.note(id)))))
        }
        for contract in plant.endpoints {
            let health = try store.health(of: contract.id)
            endpoints.append(
                EndpointState(
                    id: contract.id, delivers: contract.delivers, health: health,
                    isHeld: contract.delivers && health.standsStill(at: now)))
        }
        queue = try store.counts()
        standings = try store.standings()
        setAside = try store.setAsideCounts()
        gaps = try store.gaps(limit: Self.gapsShown).filter { now - $0.recordedAt < Self.gapsShownFor }
        openSums = try store.openSums()
        silent = try CountingEquipment(plant: plant, store: store).silent(now: now)
        let verbs = EndpointVerbs(plant: plant, store: store, who: "", now: now)
        for contract in plant.endpoints {
            openings += try verbs.openings(of: contract.id.text, request: nil, onlyWaiting: true)
        }
        let found = StatusProblems(self, of: plant)
        (problems, notes) = (found.all, found.notes)
    }

    /// How many documents are in the state.
    public func count(_ state: DocumentState) -> Int {
        queue.filter { $0.state == state }.reduce(0) { $0 + $1.count }
    }

    /// Whether nothing waits for a person and nothing is in the way.
    public var isWell: Bool { problems.isEmpty }

    /// The overall state in one sentence.
    public var sentence: String {
        if isWell {
            let off = Set(endpoints.filter { !$0.delivers }.map(\.id))
            let atOff = queue.filter { $0.state == .queued && off.contains($0.request.endpoint) }
                .reduce(0) { $0 + $1.count }
            let waiting = count(.queued) + count(.leased) + count(.accepted) - atOff
            let open = openSums.reduce(0) { $0 + $1.count }
            let head =
                atOff == 0
                ? "All is well: nothing waits for anybody"
                : "Nothing is stuck, but \(Words.count(atOff, "document")) \(atOff == 1 ? "waits" : "wait") at "
                    + "\(Words.count(off.count, "endpoint")) that \(off.count == 1 ? "is" : "are") switched off"
            return head + ", \(Words.count(waiting, "document")) on the way, \(Words.count(open, "sum")) still open."
        }
        var parts: [String] = []
        if present.store != nil { parts.append("this store may not send") }
        if present.disk != nil { parts.append("the disk is full") }
        if !present.locked.isEmpty {
            parts.append("\(Words.count(present.locked.count, "endpoint")) without credential")
        }
        let held = endpoints.count { $0.isHeld }
        if held > 0 { parts.append("\(Words.count(held, "endpoint")) held") }
        let silent = connectors.count { $0.trouble != nil }
        if silent > 0 { parts.append("\(Words.count(silent, "source")) not read") }
        for (state, word) in [(DocumentState.parked, "parked"), (.unknown, "unknown")] where count(state) > 0 {
            parts.append("\(Words.count(count(state), "document")) \(word)")
        }
        let heldBack = queue.filter { $0.state == .queued && $0.causeCode == Outcome.businessHold.word }
        if !heldBack.isEmpty {
            parts.append("\(Words.count(heldBack.reduce(0) { $0 + $1.count }, "document")) held back there")
        }
        for (standing, word) in [
            (Standing.unattributed, "without an order"), (.unconfirmed, "unconfirmed"),
        ] {
            let facts = standings.filter { $0.standing == standing }.reduce(0) { $0 + $1.facts }
            if facts > 0 { parts.append("\(Words.count(facts, "fact")) \(word)") }
        }
        if !self.silent.isEmpty { parts.append("\(self.silent.count) equipment without counts") }
        if !openings.isEmpty { parts.append("\(Words.count(openings.count, "sum")) waiting for an opening") }
        let rows = setAside.reduce(0) { $0 + $1.count }
        if rows > 0 { parts.append("\(Words.count(rows, "row")) set aside") }
        if parts.isEmpty { parts.append("something is in the way") }
        return parts.joined(separator: ", ") + "; "
            + (gaps.isEmpty ? "nothing is lost." : "readings were lost at a source.")
    }

    /// The exit code for a watcher (`status --check`): of several the first of 13, 14, 12, 4, 5, 3.
    public var exitCode: Int {
        let codes = Set(endpoints.filter(\.isHeld).map { Self.code($0.health.causeCode) })
        if codes.contains(13) || present.store != nil { return 13 }
        if present.disk != nil { return 14 }
        if codes.contains(12) || !present.locked.isEmpty { return 12 }
        if codes.contains(4) { return 4 }
        if connectors.contains(where: { $0.trouble != nil }) { return 5 }
        return isWell ? 0 : 3
    }

    private static func code(_ cause: String) -> Int {
        switch cause {
        case "restored": 13
        case "auth": 12
        case "down", "throttled": 4
        default: 3
        }
    }
}

/// Numbers and times in words, as every look says them.
public enum Words {
    /// `1 document`, `3 documents`.
    public static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// `since 2026-03-02 06:00 (2 h)` in the zone.
    public static func since(_ instant: Instant, now: Instant, zone: Zone) -> String {
        "since \(time(instant, zone: zone)) (\(age(now - instant)))"
    }

    /// The minute on the wall, `2026-03-02 06:00`.
    public static func time(_ instant: Instant, zone: Zone) -> String {
        let local = zone.local(instant)
        return "\(local.date) \(two(local.hour)):\(two(local.minute))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// A length in its two largest words: `3 d`, `2 h 10 min`, `40 s`.
    public static func age(_ duration: Duration) -> String {
        let seconds = max(0, duration.wholeMicroseconds / 1_000_000)
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3600: return "\(seconds / 60) min"
        case ..<86_400:
            return seconds / 60 % 60 == 0 ? "\(seconds / 3600) h" : "\(seconds / 3600) h \(seconds / 60 % 60) min"
        default:
            let hours = seconds / 3600 % 24
            return hours == 0 ? "\(seconds / 86_400) d" : "\(seconds / 86_400) d \(hours) h"
        }
    }

    /// What a person calls a sum: its key without the revision; of a figure, which is over all time, `erp/progress of 4711`.
    public static func sum(_ stem: String) -> String {
        let parts = stem.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 4, parts[0] == Instant.distantPast.compact else { return stem }
        let values = parts.dropFirst(5).map { PercentCoding.decode(String($0)) ?? String($0) }
        return "\(parts[2])/\(parts[3])" + (values.isEmpty ? "" : " of \(values.joined(separator: "/"))")
    }

    /// The amounts that are not zero, `12 good, 1 scrap`.
    public static func amounts(_ amounts: Amounts) -> String {
        let parts = CountedQuantity.allCases.filter { !amounts[$0].isZero }.map { "\(amounts[$0]) \($0.rawValue)" }
        return parts.isEmpty ? "0" : parts.joined(separator: ", ")
    }
}
