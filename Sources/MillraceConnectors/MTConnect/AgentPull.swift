import MillraceCore
import MillraceTransport
import MillraceValues

/// One pull from an agent, from the cursor to the tip of its buffer.
///
/// ```text
/// no cursor ──current──▶ sample from its next (now) or first (oldest) ─┐
/// same instance, cursor in the buffer ──────────────────▶ sample ──────┼─▶ until next = last + 1: the tip
/// another instance, or cursor before the buffer ──gap──▶ current ──▶ sample from first
/// ```
/// Used by one task, from its making to its end.
final class AgentPull {
    private let settings: MTConnectSettings
    private let client: AgentClient
    private let url: String
    private var cursor: AgentCursor?
    /// What the next page reports.
    private var gaps: [Gap] = []
    private var notices: [String] = []
    /// Whether the next sample goes on directly from what was read before.
    private var isUnbroken = true
    private var isStopped = false
    private var isProbed = false

    init(_ settings: MTConnectSettings, _ url: String, _ transport: any HTTPTransport, _ cursor: AgentCursor?) {
        self.settings = settings
        self.url = url
        self.cursor = cursor
        client = AgentClient(settings: settings, url: url, transport: transport)
    }

    func run(_ take: (PullPage) async throws -> PullDirective) async throws -> PullEnd {
        // An agent that restarts again and again is not followed for ever.
        var restarts = 0
        while restarts < 4 {
            guard let position = cursor else {
                try await begin(take)
                if isStopped { return cut }
                continue
            }
            switch try await client.sample(from: position.next) {
            case .streams(let reader):
                if reader.header.instanceId != position.instanceId || isBeforeBuffer(position, reader.header) {
                    restarts += 1
                    try await startAnew(position, take)
                } else if let end = try await goOn(position, reader, take) {
                    return end
                }
            case .outOfRange:
                let reader = try await client.current()
                if reader.header.instanceId == position.instanceId, reader.header.nextSequence == position.next {
                    return tip(reader.header)
                }
                restarts += 1
                try await startAnew(position, reader, take)
            }
            if isStopped { return cut }
        }
        throw client.unreachable("the agent at \(url) loses its buffer faster than it can be read")
    }

    private var cut: PullEnd { PullEnd(through: .cutShort, notices: notices) }

    private func tip(_ header: StreamsHeader) -> PullEnd {
        PullEnd(through: header.creationTime.map { .instant($0) } ?? .largestEventTime, notices: notices)
    }

    private func isBeforeBuffer(_ position: AgentCursor, _ header: StreamsHeader) -> Bool {
        header.firstSequence.map { position.next < $0 } ?? false
    }

    // MARK: beginning

    /// The first pull of all: what the agent knows now, and then what its buffer holds, as far as that is wanted.
    private func begin(_ take: (PullPage) async throws -> PullDirective) async throws {
        let reader = try await client.current()
        let header = reader.header
        let next = header.nextSequence ?? 0
        let first = header.firstSequence ?? next
        let from = settings.start == .now ? next : first
        await probe(header)
        // What the buffer holds comes with the sample; before it only what is older.
        // Behind it the chain is whole: of an item that it tells the buffer has nothing older, and of another one nothing is known yet.
        _ = try await hand(reader, next: from, unbroken: false, take) { settings.start == .now || $0 < first }
    }

    private func startAnew(
        _ position: AgentCursor, _ take: (PullPage) async throws -> PullDirective
    ) async throws {
        try await startAnew(position, try await client.current(), take)
    }

    /// The agent restarted, or its buffer ran over: says what is lost and begins with what there is.
    private func startAnew(
        _ position: AgentCursor, _ reader: StreamsReader, _ take: (PullPage) async throws -> PullDirective
    ) async throws {
        let header = reader.header
        let next = header.nextSequence ?? 0
        let first = header.firstSequence ?? next
        isUnbroken = false
        if header.instanceId == position.instanceId, position.next >= first, position.next <= next {
            // The buffer holds it after all: the next sample goes on from there.
            return
        }
        let isSame = header.instanceId == position.instanceId && position.next < first
        let sentence =
            isSame
            ? "the agent's buffer began at \(first) when \(position.next) was next: \(first - position.next) observations are lost"
            : "the agent restarted (instance \(position.instanceId) became \(header.instanceId)): "
                + "what it observed after sequence \(position.next - 1) is unknown"
        gaps.append(
            Gap(
                source: "\(url)/\(position.instanceId)", from: position.next, to: isSame ? first - 1 : nil,
                start: position.creationTime, end: header.creationTime, sentence: sentence))
        notices.append(sentence)
        await probe(header)
        let known = isSame ? position.next : .min
        // One page says that something was lost; where there is nothing older than the buffer, that is the next one.
        isUnbroken = try await hand(reader, next: first, unbroken: false, take) { $0 < first && $0 >= known }
    }

    /// Looks at the device model where it is new or has changed. A probe that fails costs a notice only.
    private func probe(_ header: StreamsHeader) async {
        guard !isProbed else { return }
        isProbed = true
        do throws(ConnectorError) {
            let devices = try await client.probe()
            for name in settings.devices where !devices.contains(name) {
                notices.append(
                    "the agent at \(url) has no device '\(name)'; it has \(devices.sorted().joined(separator: ", "))")
            }
        } catch {
            notices.append("the device model cannot be read: \(error)")
        }
    }

    // MARK: going on

    /// Takes a sample that goes on from the cursor; the end where it reached the tip.
    private func goOn(
        _ position: AgentCursor, _ reader: StreamsReader, _ take: (PullPage) async throws -> PullDirective
    ) async throws -> PullEnd? {
        let header = reader.header
        guard let next = header.nextSequence, next >= position.next else {
            throw client.unreachable(
                "the agent at \(url) answers from \(position.next) on with nextSequence \(header.nextSequence ?? 0)")
        }
        if header.deviceModelChangeTime != position.deviceModelChangeTime { await probe(header) }
        if next > position.next || !reader.batch.positions.isEmpty {
            let hasRows = try await hand(reader, next: next, unbroken: isUnbroken, take) { $0 >= position.next }
            isUnbroken = isUnbroken || hasRows
        }
        let isAtTip = header.lastSequence.map { next > $0 } ?? (next == position.next)
        if isAtTip { return isStopped ? cut : tip(header) }
        guard next > position.next else {
            throw client.unreachable("the agent at \(url) does not go on behind sequence \(next)")
        }
        return nil
    }

    /// Hands the wanted rows of a document out, in pages; the last carries the cursor behind the document, one before it a cursor
    /// behind its own rows where these are in the order of the buffer.
    ///
    /// - Shape: whether there were any. Only the first page says where something may have been lost.
    private func hand(
        _ reader: StreamsReader, next: Int64, unbroken: Bool, _ take: (PullPage) async throws -> PullDirective,
        where isWanted: (Int64) -> Bool
    ) async throws -> Bool {
        let header = reader.header
        let after = AgentCursor(
            url: url, instanceId: header.instanceId, next: next, creationTime: header.creationTime,
            deviceModelChangeTime: header.deviceModelChangeTime)
        let (drained, setAside) = reader.drain()
        var batch = drained
        (batch.continuesUnbroken, batch.numbering) = (unbroken, .chain)
        batch = batch.sortedByPosition(where: isWanted)
        if case .instant(let start) = settings.start { batch = batch.dropping(before: start) }
        var begin = 0
        let isSample =
            cursor?.instanceId == header.instanceId && cursor.map { next > $0.next } ?? false
            && unbrokenOrder(batch, next)
        while isSample, batch.count - begin > FilePage.rowLimit {
            // A page never ends within one sequence, whose rows would be skipped by the next.
            var end = begin + FilePage.rowLimit
            while end > begin + 1, batch.positions[end] == batch.positions[end - 1] { end -= 1 }
            var middle = after
            middle.next = batch.positions[end]
            try await commit(batch.picking(Array(begin..<end)[...]), [], middle, take)
            if isStopped { return true }
            begin = end
            batch.continuesUnbroken = true
        }
        let rest = begin == 0 ? batch : batch.picking(Array(begin..<batch.count)[...])
        try await commit(rest, setAside, after, take)
        return batch.count > 0
    }

    /// Whether all rows lie before what comes next, so that a cursor between them means something.
    private func unbrokenOrder(_ batch: ReadingBatch, _ next: Int64) -> Bool {
        (batch.positions.last ?? .max) < next
    }

    private func commit(
        _ batch: ReadingBatch, _ setAside: [SetAside], _ after: AgentCursor,
        _ take: (PullPage) async throws -> PullDirective
    ) async throws {
        let page = PullPage(
            batch: batch.count > 0 ? batch : nil, setAside: setAside, gaps: gaps, cursor: after.value)
        let directive = try await take(page)
        gaps = []
        cursor = after
        if directive == .stop { isStopped = true }
    }
}
