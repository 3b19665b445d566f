package import MillraceCore
package import MillraceValues
import Synchronization

/// A store around a real one that dies where a test wants it: before or after its n-th commit, or when told.
///
/// From then on every call fails, as if the process were gone; a test goes on with a new one over the same file.
package final class CuttableStore<
    Base: ReadingStore & SumStore & Outbox & RunStore & FactDecisionStore & ResyncStore
>: Sendable {
    private struct State {
        var isDead = false
        var commits = 0
        var isTogether = false
    }

    private let base: Base
    private let cut: StoreCut?
    private let state = Mutex(State())

    /// Around that store; nil never cuts by itself.
    package init(_ base: Base, cut: StoreCut? = nil) {
        self.base = base
        self.cut = cut
    }

    /// The process is gone.
    package func kill() { state.withLock { $0.isDead = true } }

    /// How many commits there were.
    package var commits: Int { state.withLock { $0.commits } }
    /// Whether it is dead.
    package var isDead: Bool { state.withLock { $0.isDead } }

    private func live() throws(StoreError) {
        if isDead { throw StoreError.failed("the process was killed") }
    }

    private func read<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        try live()
        return try body()
    }

    private func write<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        try live()
        if state.withLock({ $0.isTogether }) { return try body() }
        try begin()
        let result = try body()
        try end()
        return result
    }

    private func begin() throws(StoreError) {
        let number = state.withLock { state in
            state.commits += 1
            return state.commits
        }
        if cut == .before(commit: number) { kill() }
        try live()
    }

    private func end() throws(StoreError) {
        let number = state.withLock { $0.commits }
        if cut == .after(commit: number) { kill() }
        try live()
    }
}

/// Where a `CuttableStore` dies.
package enum StoreCut: Hashable, Sendable {
    /// The n-th commit, counted from 1, does not happen any more.
    case before(commit: Int)
    /// The n-th commit happened, and nobody heard of it.
    case after(commit: Int)
}

extension CuttableStore: ReadingStore {
    package func cursor(of connector: ConnectorID) throws(StoreError) -> StoredCursor {
        try read { () throws(StoreError) in try base.cursor(of: connector) }
    }
    package func mappingState(of connector: ConnectorID, mapping: MappingName) throws(StoreError) -> Value? {
        try read { () throws(StoreError) in try base.mappingState(of: connector, mapping: mapping) }
    }
    package func stream(_ id: StreamID) throws(StoreError) -> StreamRecord? {
        try read { () throws(StoreError) in try base.stream(id) }
    }
    package func pendingStreams(
        of connector: ConnectorID, through instant: Instant
    ) throws(StoreError) -> [(StreamID, StreamRecord)] {
        try read { () throws(StoreError) in try base.pendingStreams(of: connector, through: instant) }
    }
    package func equipment(of connector: ConnectorID, mapping: MappingName) throws(StoreError) -> [String] {
        try read { () throws(StoreError) in try base.equipment(of: connector, mapping: mapping) }
    }
    package func streamMappings() throws(StoreError) -> [MappingName] {
        try read { () throws(StoreError) in try base.streamMappings() }
    }
    package func aheadReadings(of connector: ConnectorID, through instant: Instant) throws(StoreError) -> [AheadReading]
    {
        try read { () throws(StoreError) in try base.aheadReadings(of: connector, through: instant) }
    }
    package func countingSource(of source: CountingSource) throws(StoreError) -> MappingName? {
        try read { () throws(StoreError) in try base.countingSource(of: source) }
    }
    package func known(_ rows: [KnownRow]) throws(StoreError) -> Set<KnownRow> {
        try read { () throws(StoreError) in try base.known(rows) }
    }
    package func snapshot(of stream: StreamID, atOrBefore instant: Instant) throws(StoreError) -> Snapshot? {
        try read { () throws(StoreError) in try base.snapshot(of: stream, atOrBefore: instant) }
    }
    package func blocks(
        of connector: ConnectorID, since instant: Instant, through end: Instant, _ body: (KeptBlock) throws -> Void
    ) throws {
        try live()
        try base.blocks(of: connector, since: instant, through: end, body)
    }
    package func blocks(of connector: ConnectorID, from id: Int64, _ body: (KeptBlock) throws -> Void) throws {
        try live()
        try base.blocks(of: connector, from: id, body)
    }
    package func resyncedWindows(of stream: StreamID) throws(StoreError) -> [ResyncedWindow] {
        try read { () throws(StoreError) in try base.resyncedWindows(of: stream) }
    }
    package func corrections(of connector: ConnectorID) throws(StoreError) -> [Place: Int64] {
        try read { () throws(StoreError) in try base.corrections(of: connector) }
    }
    package func facts(
        of mapping: MappingName, equipment: String, since instant: Instant
    ) throws(StoreError) -> [FactRevision] {
        try read { () throws(StoreError) in try base.facts(of: mapping, equipment: equipment, since: instant) }
    }
    package func unattributedFacts() throws(StoreError) -> [FactRevision] {
        try read { () throws(StoreError) in try base.unattributedFacts() }
    }
    package func commit(_ step: IngestStep) throws(StoreError) {
        try write { () throws(StoreError) in try base.commit(step) }
    }
    package func together<Result>(_ body: () throws -> Result) throws -> Result {
        try live()
        if state.withLock({ $0.isTogether }) { return try body() }
        state.withLock { $0.isTogether = true }
        defer { state.withLock { $0.isTogether = false } }
        let result = try base.together {
            let result = try body()
            try begin()
            return result
        }
        try end()
        return result
    }
}

extension CuttableStore: SumStore {
    package func foldedThrough() throws(StoreError) -> Int64 {
        try read { () throws(StoreError) in try base.foldedThrough() }
    }
    package func facts(after id: Int64, limit: Int) throws(StoreError) -> [FactRevision] {
        try read { () throws(StoreError) in try base.facts(after: id, limit: limit) }
    }
    package func sum(stem: String) throws(StoreError) -> Sum? {
        try read { () throws(StoreError) in try base.sum(stem: stem) }
    }
    package func fold(_ sums: [(stem: String, sum: Sum)], through id: Int64) throws(StoreError) {
        try write { () throws(StoreError) in try base.fold(sums, through: id) }
    }
    package func changedSums(
        after id: Int64, endingBy end: Instant, limit: Int
    ) throws(StoreError) -> [(stem: String, sum: Sum)] {
        try read { () throws(StoreError) in try base.changedSums(after: id, endingBy: end, limit: limit) }
    }
    package func documents(of sum: Int64) throws(StoreError) -> [Document] {
        try read { () throws(StoreError) in try base.documents(of: sum) }
    }
    package func make(_ steps: [DocumentStep], now: Instant) throws(StoreError) -> Set<String> {
        try write { () throws(StoreError) in try base.make(steps, now: now) }
    }
    package func make(_ documents: PlainDocuments, now: Instant) throws(StoreError) -> Set<String> {
        try write { () throws(StoreError) in try base.make(documents, now: now) }
    }
    package func epochs() throws(StoreError) -> [MappingEpoch] {
        try read { () throws(StoreError) in try base.epochs() }
    }
    package func begin(_ epochs: [MappingEpoch], texts: [MappingText], now: Instant) throws(StoreError) {
        try write { () throws(StoreError) in try base.begin(epochs, texts: texts, now: now) }
    }
    package func text(of mapping: MappingName, version: String) throws(StoreError) -> MappingText? {
        try read { () throws(StoreError) in try base.text(of: mapping, version: version) }
    }
    package func opening(stem: String) throws(StoreError) -> Opening? {
        try read { () throws(StoreError) in try base.opening(stem: stem) }
    }
    package func setOpening(_ opening: Opening, stem: String, by: String) throws(StoreError) {
        try write { () throws(StoreError) in try base.setOpening(opening, stem: stem, by: by) }
    }
}

extension CuttableStore: Outbox {
    package func hasWork(for endpoint: EndpointID, now: Instant) throws(StoreError) -> Bool {
        try read { () throws(StoreError) in try base.hasWork(for: endpoint, now: now) }
    }
    package func reclaim(by run: RunID, now: Instant) throws(StoreError) -> Int {
        try write { () throws(StoreError) in try base.reclaim(by: run, now: now) }
    }
    package func lease(
        upTo limit: Int, for endpoint: EndpointID, by run: RunID, now: Instant, recording changes: [DocumentChange]
    ) throws(StoreError) -> [Document] {
        try write { () throws(StoreError) in
            try base.lease(upTo: limit, for: endpoint, by: run, now: now, recording: changes)
        }
    }
    package func leaseAgain(_ ids: [Int64], by run: RunID, now: Instant) throws(StoreError) -> [Document] {
        try write { () throws(StoreError) in try base.leaseAgain(ids, by: run, now: now) }
    }
    package func record(_ changes: [DocumentChange], by who: String, now: Instant) throws(StoreError) -> [Int64] {
        try write { () throws(StoreError) in try base.record(changes, by: who, now: now) }
    }
    package func documents(
        of endpoint: EndpointID?, in state: DocumentState, after id: Int64, limit: Int
    ) throws(StoreError) -> [Document] {
        try read { () throws(StoreError) in try base.documents(of: endpoint, in: state, after: id, limit: limit) }
    }
    package func documents(matching key: String) throws(StoreError) -> [Document] {
        try read { () throws(StoreError) in try base.documents(matching: key) }
    }
    package func attempts(of id: Int64) throws(StoreError) -> [Attempt] {
        try read { () throws(StoreError) in try base.attempts(of: id) }
    }
    package func stuck() throws(StoreError) -> [QueueCount] { try read { () throws(StoreError) in try base.stuck() } }
    package func counts() throws(StoreError) -> [QueueCount] { try read { () throws(StoreError) in try base.counts() } }
    package func health(of endpoint: EndpointID) throws(StoreError) -> EndpointHealth {
        try read { () throws(StoreError) in try base.health(of: endpoint) }
    }
    package func setHealth(
        _ health: EndpointHealth, of endpoint: EndpointID, by who: String, now: Instant
    ) throws(StoreError) {
        try write { () throws(StoreError) in try base.setHealth(health, of: endpoint, by: who, now: now) }
    }
    package func lastNumber() throws(StoreError) -> Int64 {
        try read { () throws(StoreError) in try base.lastNumber() }
    }
}

extension CuttableStore: RunStore {
    package func record(_ run: RunRecord, told: [ToldTrouble]) throws(StoreError) {
        try write { () throws(StoreError) in try base.record(run, told: told) }
    }
    package func runs(limit: Int) throws(StoreError) -> [RunRecord] {
        try read { () throws(StoreError) in try base.runs(limit: limit) }
    }
    package func counters() throws(StoreError) -> CounterTally {
        try read { () throws(StoreError) in try base.counters() }
    }
    package func told() throws(StoreError) -> [ToldTrouble] { try read { () throws(StoreError) in try base.told() } }
    package func note(_ name: String) throws(StoreError) -> String? {
        try read { () throws(StoreError) in try base.note(name) }
    }
    package func setNote(_ name: String, _ text: String?) throws(StoreError) {
        try write { () throws(StoreError) in try base.setNote(name, text) }
    }
}

extension CuttableStore: FactDecisionStore {
    package func unconfirmedFacts() throws(StoreError) -> [FactRevision] {
        try read { () throws(StoreError) in try base.unconfirmedFacts() }
    }
    package func decision(on fact: Fact) throws(StoreError) -> FactDecision? {
        try read { () throws(StoreError) in try base.decision(on: fact) }
    }
    package func record(_ decision: FactDecision, now: Instant) throws(StoreError) {
        try write { () throws(StoreError) in try base.record(decision, now: now) }
    }
    package func saidReason(of interval: Downtime) throws(StoreError) -> String? {
        try read { () throws(StoreError) in try base.saidReason(of: interval) }
    }
    package func record(_ reason: SaidReason, now: Instant) throws(StoreError) {
        try write { () throws(StoreError) in try base.record(reason, now: now) }
    }
    package func note(
        verb: String, subject: String, detail: String, by who: String, now: Instant
    ) throws(StoreError) {
        try write { () throws(StoreError) in
            try base.note(verb: verb, subject: subject, detail: detail, by: who, now: now)
        }
    }
}

extension CuttableStore: ResyncStore {
    package func prunedThrough(of connector: ConnectorID) throws(StoreError) -> Instant? {
        try read { () throws(StoreError) in try base.prunedThrough(of: connector) }
    }
    package func firstSnapshot(of stream: StreamID, after instant: Instant) throws(StoreError) -> Instant? {
        try read { () throws(StoreError) in try base.firstSnapshot(of: stream, after: instant) }
    }
    package func position(
        of connectors: [ConnectorID], since: Instant, through: Instant, window: (start: Instant, end: Instant)
    ) throws(StoreError) -> BookPosition {
        try read { () throws(StoreError) in
            try base.position(of: connectors, since: since, through: through, window: window)
        }
    }
    package func record(_ windows: [ResyncedWindow], now: Instant) throws(StoreError) {
        try write { () throws(StoreError) in try base.record(windows, now: now) }
    }
    package func correct(_ block: KeptBlock, of connector: ConnectorID, places: [Place]) throws(StoreError) {
        try write { () throws(StoreError) in try base.correct(block, of: connector, places: places) }
    }
    package func setFields(_ fields: ValueObject, of sum: Int64) throws(StoreError) {
        try write { () throws(StoreError) in try base.setFields(fields, of: sum) }
    }
    package func setCursor(_ position: Value?, of connector: ConnectorID) throws(StoreError) {
        try write { () throws(StoreError) in try base.setCursor(position, of: connector) }
    }
    package func audit(_ entry: AuditEntry) throws(StoreError) {
        try write { () throws(StoreError) in try base.audit(entry) }
    }
    package func audits(of subject: String, limit: Int) throws(StoreError) -> [AuditEntry] {
        try read { () throws(StoreError) in try base.audits(of: subject, limit: limit) }
    }
}

extension CuttableStore: BookStore where Base: BookStore {
    package func revisions(from start: Instant, to end: Instant, _ body: (FactRevision) throws -> Void) throws {
        try live()
        try base.revisions(from: start, to: end, body)
    }
    package func eachSum(
        of request: RequestID, from start: Instant, to end: Instant,
        _ body: (_ stem: String, _ sum: Sum, _ documents: [Document]) throws -> Void
    ) throws {
        try live()
        try base.eachSum(of: request, from: start, to: end, body)
    }
}
