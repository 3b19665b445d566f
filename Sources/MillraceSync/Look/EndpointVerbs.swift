public import MillraceCore
import MillraceFacts
import MillraceMapping
public import MillraceValues

/// An absolute sum and its opening (RULES R16).
public struct OpeningRow: Hashable, Sendable {
    /// The request.
    public var request: RequestID
    /// The per-values, joined by `/`: what a person names.
    public var name: String
    /// The sum's stem.
    public var stem: String
    /// All that was counted for it.
    public var total: Amounts
    /// The opening; nil where it waits for one.
    public var opening: ExactDecimal?
    /// The sum's fields.
    public var fields: ValueObject
}

/// What a person decides on an endpoint: hold, release, openings (RULES R16, R17, R26).
public struct EndpointVerbs: Sendable {
    let plant: Plant
    let store: any SiteStore & LookStore & BookStore
    let who: String
    let now: Instant

    /// The verbs of that person at that instant.
    public init(plant: Plant, store: any SiteStore & LookStore & BookStore, who: String, now: Instant) {
        self.plant = plant
        self.store = store
        self.who = who
        self.now = now
    }

    /// The endpoint's contract by name.
    public func contract(_ name: String) throws(EndpointRefusal) -> EndpointContract {
        guard let found = plant.endpoints.first(where: { $0.id.text == name }) else {
            throw .noEndpoint(name, known: plant.endpoints.map(\.id.text))
        }
        return found
    }

    /// Holds the endpoint until it is released by hand.
    public func hold(_ name: String, reason: String) throws {
        let id = try contract(name).id
        var health = try store.health(of: id)
        health.heldUntil = .distantFuture
        // A restored store's endpoint still asks for what its release asks for then (RULES R26).
        if health.causeCode == "restored" {
            health.cause += "; held by \(who): \(reason)"
        } else {
            health.heldSince = health.causeCode == "by-hand" ? health.heldSince ?? now : now
            health.causeCode = "by-hand"
            health.cause = "held by \(who): \(reason)"
        }
        try store.setHealth(health, of: id, by: who, now: now)
    }

    /// What a release did.
    public struct Release: Hashable, Sendable {
        /// Whether the endpoint was held.
        public var wasHeld: Bool
        /// The keys of documents put away because their window begins before the time.
        public var discarded: [String] = []
        /// The openings that were set.
        public var openings: [OpeningRow] = []
    }

    /// Lets the endpoint go on; with `discardBefore` nothing of a window that begins before that is ever sent (RULES R17).
    ///
    /// - Shape: `figures` are what absolute sums stand at in the other system, by per-values; `read` asks it where the request can.
    /// - Effects: all of it in one transaction, or nothing.
    /// - Throws: `EndpointRefusal`, `StoreError`.
    public func release(
        _ name: String, discardBefore: Instant?, figures: [String: ExactDecimal], reason: String?,
        read: (RequestName, ValueObject) async -> FigureReading
    ) async throws -> Release {
        let contract = try contract(name)
        var health = try store.health(of: contract.id)
        var release = Release(wasHeld: health.isHeld(at: now) || health.wasOff)
        if health.wasOff || health.causeCode == "was-off", discardBefore == nil {
            throw EndpointRefusal.needsTime(contract.id)
        }
        if health.causeCode == "restored" {
            guard reason?.isEmpty == false else { throw EndpointRefusal.needsReason(contract.id) }
        }
        if let discardBefore {
            try checkBorder(discardBefore, contract)
            release.openings = try await openings(contract, figures, read)
        }
        try store.together {
            if health.causeCode == "restored" { try trust(contract.id) }
            if let discardBefore {
                release.discarded = try discard(before: discardBefore, contract)
                for row in release.openings {
                    guard let opening = row.opening else { continue }
                    try store.setOpening(
                        Opening(figure: opening, counted: row.total.good, recordedAt: now), stem: row.stem, by: who)
                }
                health.discardBefore = max(discardBefore, health.discardBefore ?? .distantPast)
            }
            health = EndpointHealth(
                cause: "released by \(who)" + (reason.map { ": \($0)" } ?? ""), discardBefore: health.discardBefore)
            try store.setHealth(health, of: contract.id, by: who, now: now)
        }
        return release
    }

    // MARK: Restored stores

    /// Holds every endpoint because the store was restored, copied or moved: each goes on when a person says so of it (RULES R26).
    ///
    /// - Effects: in the caller's transaction.
    public func holdAll(restored why: String) throws {
        for contract in plant.endpoints {
            var health = try store.health(of: contract.id)
            if health.causeCode == "restored" { continue }
            (health.heldSince, health.heldUntil) = (now, .distantFuture)
            (health.causeCode, health.cause) = ("restored", why)
            try store.setHealth(health, of: contract.id, by: who, now: now)
        }
    }

    /// Ends that hold for every endpoint: the books of the other systems agree.
    ///
    /// - Effects: in one transaction. An endpoint that was off still waits for its time.
    public func releaseRestored(_ reason: String) throws {
        try store.together {
            for contract in plant.endpoints {
                let health = try store.health(of: contract.id)
                guard health.causeCode == "restored" else { continue }
                try trust(contract.id)
                let released = EndpointHealth(
                    cause: "released by \(who): \(reason)", wasOff: health.wasOff, discardBefore: health.discardBefore)
                try store.setHealth(released, of: contract.id, by: who, now: now)
            }
        }
    }

    /// The endpoint may be sent to from this store again, which may know less than went out: windows that began before now are
    /// looked up or decided, and so is what waits here, for the store that was lost may have sent it.
    private func trust(_ endpoint: EndpointID) throws {
        try store.setNote(StoreNote.restoredBefore(endpoint), now.iso8601)
        let sentence = "it waited in a store that was restored: the store that was lost may have sent it"
        for state in [DocumentState.queued, .parked] {
            var position: Int64 = 0
            while true {
                let documents = try store.documents(of: endpoint, in: state, after: position, limit: 500)
                guard let last = documents.last else { break }
                position = last.id
                // Without a body nothing can have gone out under that key.
                let changes = documents.filter { $0.body != nil }.map { document in
                    DocumentChange(
                        id: document.id, from: [state], to: .unknown, notBefore: now, cause: sentence,
                        causeCode: "restored",
                        attempt: Attempt(
                            run: "restored", startedAt: document.createdAt, endedAt: now,
                            delivery: Delivery(.unknown, sentence: sentence)), forbidsRepeat: true)
                }
                _ = try store.record(changes, by: who, now: now)
            }
        }
    }

    // MARK: Discard before

    /// The time must be a border of the windows of every delta mapping that feeds the endpoint.
    func checkBorder(_ time: Instant, _ contract: EndpointContract) throws(EndpointRefusal) {
        let math = WindowMath(calendar: plant.calendar)
        let plans = plant.documentMappings.filter { !plant.takenOut.contains($0.name) }.map(\.plan).filter { plan in
            guard plan.kind == .productionCount, plan.request.endpoint == contract.id else { return false }
            return plant.contract(of: plan.request).map { if case .delta = $0.quantity { true } else { false } }
                ?? false
        }
        guard let cut = plans.first(where: { !math.isBorder(time, of: $0.window) }) else { return }
        let windows = plans.map(\.window)
        throw .noBorder(
            time, mapping: cut.mapping, before: math.commonBorder(of: windows, before: time),
            after: math.commonBorder(of: windows, after: time))
    }

    /// Puts away what waits of windows before the time; it counts as settled by hand. What is in doubt stays so.
    private func discard(before time: Instant, _ contract: EndpointContract) throws -> [String] {
        let absolute = Set(absoluteRequests(contract).map(\.id))
        let waiting = try QueueList(store: store).documents(in: [.queued, .parked], endpoint: contract.id)
        let old = waiting.filter { $0.windowStart < time || absolute.contains($0.request) }
        let changes = old.map {
            DocumentChange(
                id: $0.id, from: [.queued, .parked], to: .discarded,
                cause: "\(who) released the endpoint to book from \(time.iso8601) on", causeCode: "discard-before",
                discard: .bookedByHand)
        }
        let done = Set(try store.record(changes, by: who, now: now))
        return old.filter { done.contains($0.id) }.map(\.key)
    }

    // MARK: Openings

    private func absoluteRequests(_ contract: EndpointContract) -> [RequestContract] {
        contract.requests.filter { if case .absolute = $0.quantity { true } else { false } }
    }

    /// The absolute sums of the endpoint's requests, or of one; only those that wait where `onlyWaiting`.
    public func openings(of name: String, request: String?, onlyWaiting: Bool) throws -> [OpeningRow] {
        let contract = try contract(name)
        var rows: [OpeningRow] = []
        for one in absoluteRequests(contract) where request == nil || one.id.request.text == request {
            rows += try self.rows(of: one)
        }
        return onlyWaiting ? rows.filter { $0.opening == nil } : rows
    }

    private func rows(of request: RequestContract) throws -> [OpeningRow] {
        guard case .absolute(_, let opening) = request.quantity else { return [] }
        var rows: [OpeningRow] = []
        try store.eachSum(of: request.id, from: .distantPast, to: .distantFuture) { stem, sum, _ in
            let known = try store.opening(stem: stem)?.figure ?? (opening == .zero ? .zero : nil)
            rows.append(
                OpeningRow(
                    request: request.id, name: sum.identity.perValues.joined(separator: "/"), stem: stem,
                    total: sum.total, opening: known, fields: sum.fields))
        }
        return rows
    }

    /// Says where the figures of sums began, before the first piece of ours (RULES R16).
    ///
    /// - Shape: by per-values, joined by `/`. A sum that is not known yet may be named too.
    /// - Throws: `EndpointRefusal`, `StoreError`; nothing is changed then.
    public func setOpenings(
        _ name: String, request: String, _ figures: [(name: String, figure: ExactDecimal)]
    ) throws -> [OpeningRow] {
        let contract = try contract(name)
        guard let found = contract.requests.first(where: { $0.id.request.text == request }) else {
            throw EndpointRefusal.noRequest(request, known: contract.requests.map(\.id.request.text))
        }
        guard case .absolute(let fields, _) = found.quantity else { throw EndpointRefusal.notAbsolute(found.id) }
        let known = try rows(of: found)
        var set: [OpeningRow] = []
        for (name, figure) in figures {
            if var row = known.first(where: { $0.name == name }) {
                row.opening = figure
                set.append(row)
                continue
            }
            let values = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard values.count == fields.count else {
                throw EndpointRefusal.noSum(found.id, name, known: known.filter { $0.opening == nil }.map(\.name))
            }
            let stem = DocumentKey.stem(
                site: plant.site, request: found.id, kind: .productionCount, windowStart: .distantPast,
                perValues: values)
            set.append(
                OpeningRow(
                    request: found.id, name: name, stem: stem, total: .zero, opening: figure, fields: ValueObject()))
        }
        try store.together {
            for row in set {
                guard let figure = row.opening else { continue }
                try store.setOpening(Opening(figure: figure, recordedAt: now), stem: row.stem, by: who)
            }
        }
        return set
    }

    /// The openings after a release: what the other system stands at now, less what was counted until now.
    private func openings(
        _ contract: EndpointContract, _ figures: [String: ExactDecimal],
        _ read: (RequestName, ValueObject) async -> FigureReading
    ) async throws -> [OpeningRow] {
        var result: [OpeningRow] = []
        for request in absoluteRequests(contract) {
            var missing: [String] = []
            for var row in try rows(of: request) {
                var figure = figures[row.name]
                if figure == nil, request.canReadFigure {
                    switch await read(request.id.request, row.fields) {
                    case .figure(let number): figure = number
                    case .noAnswer(let why): throw EndpointRefusal.figureUnread(request.id, row.name, why)
                    case .notOffered: break
                    }
                }
                guard let figure else {
                    missing.append(row.name)
                    continue
                }
                do { row.opening = try figure.subtracting(row.total.good) } catch {
                    throw EndpointRefusal.tooLarge(request.id, row.name)
                }
                result.append(row)
            }
            if !missing.isEmpty { throw EndpointRefusal.needsFigures(request.id, missing) }
        }
        return result
    }
}
