public import MillraceCore
public import MillraceValues

/// What became of one key that a person named.
public struct QueueResult: Hashable, Sendable {
    /// What became of it.
    public enum Outcome: Hashable, Sendable {
        /// It went from one state to another.
        case changed(from: DocumentState, to: DocumentState)
        /// No document has this key.
        case notFound
        /// Several documents have a key that ends so; these are the first.
        case ambiguous([String])
        /// It was left as it is, for this reason.
        case refused(state: DocumentState, sentence: String)
    }

    /// The document's key, or what was named where there is no such document.
    public var key: String
    /// What became of it.
    public var outcome: Outcome

    /// That outcome of that key.
    public init(key: String, outcome: Outcome) {
        self.key = key
        self.outcome = outcome
    }

    /// Whether it was done as asked.
    public var isDone: Bool { if case .changed = outcome { true } else { false } }

    /// One sentence.
    public var sentence: String {
        switch outcome {
        case .changed(let from, let to) where from == to:
            "\(key): it has its receipt; the next run makes anew what waits for it"
        case .changed(let from, let to): "\(key): \(from.rawValue) → \(to.rawValue)"
        case .notFound: "\(key): there is no such document; 'millrace queue list --all' shows the keys"
        case .ambiguous(let keys):
            "\(key): several keys end so; name one of them whole: \(keys.joined(separator: ", "))"
        case .refused(_, let sentence): "\(key): \(sentence)"
        }
    }
}

/// What a person decides on documents (RULES R24): release, discard, resolve. Short transactions; none waits for a run (RULES R27).
public struct QueueVerbs: Sendable {
    let store: any Outbox & LookStore
    let who: String
    let now: Instant

    /// The verbs of that person at that instant.
    public init(store: any Outbox & LookStore, who: String, now: Instant) {
        self.store = store
        self.who = who
        self.now = now
    }

    /// The keys of the documents in one of these states, of the endpoint and cause where they are given; for verbs on many.
    public func keys(
        in states: Set<DocumentState>, endpoint: EndpointID?, cause: String?
    ) throws(StoreError) -> [String] {
        try QueueList(store: store).documents(in: states, endpoint: endpoint, cause: cause).map(\.key)
    }

    /// Parked → queued. A document without a body has nothing to send: only `queue remap` can make it anew.
    public func release(_ keys: [String], reason: String) throws(StoreError) -> [QueueResult] {
        try each(keys) { document throws(StoreError) in
            guard document.state == .parked else {
                let why =
                    document.state == .queued ? "it is queued already" : "it is \(document.state.rawValue), not parked"
                return .refuse(why + Self.advice(document.state))
            }
            if let refusal = try isBeforeGoLive(document) { return .refuse(refusal) }
            if document.body == nil {
                return .refuse(
                    "its mapping could not build a body (\(document.causeCode)); mend the mapping or its tables, then "
                        + "'millrace queue remap \(document.key)'")
            }
            return .change(
                DocumentChange(
                    id: document.id, from: [.parked], to: .queued, notBefore: now,
                    cause: "released by \(who): \(reason)",
                    causeCode: "released"))
        }
    }

    /// Parked or queued → discarded: `kind` says what that means for the books (RULES R15).
    public func discard(_ keys: [String], as kind: Discard, reason: String) throws(StoreError) -> [QueueResult] {
        try each(keys) { document throws(StoreError) in
            guard document.state.isWaiting else {
                return .refuse("it is \(document.state.rawValue), not parked or queued" + Self.advice(document.state))
            }
            return .change(
                DocumentChange(
                    id: document.id, from: [.parked, .queued], to: .discarded, cause: "discarded by \(who): \(reason)",
                    causeCode: kind.rawValue, discard: kind))
        }
    }

    /// The numbers that the endpoints have for these documents, for those in doubt or done of which none is known. What an
    /// endpoint said when it only took a document need not be its number.
    ///
    /// - Shape: by the number of the document; none where the endpoint cannot be asked, or does not have it.
    /// - Effects: one question for each; an endpoint that gives no answer is asked no more.
    public func receipts(
        of keys: [String], from endpoints: [EndpointID: any Endpoint]
    ) async throws(StoreError) -> [Int64: String] {
        var found: [Int64: String] = [:]
        var silent: Set<EndpointID> = []
        for key in keys {
            let documents = try store.documents(matching: key)
            guard documents.count == 1, let document = documents.first,
                document.state == .accepted || document.receipt == nil,
                document.state.isInDoubt || document.state == .done, !silent.contains(document.request.endpoint),
                let endpoint = endpoints[document.request.endpoint]
            else { continue }
            switch await endpoint.lookUp(document) {
            case .there(let receipt): found[document.id] = receipt
            case .noAnswer: silent.insert(document.request.endpoint)
            case .notThere, .notOffered: continue
            }
        }
        return found
    }

    /// Unknown or accepted → done (`isBooked`) or → queued: a person looked into the other system (RULES R23).
    ///
    /// - Shape: `receipt` says the other system's number of one that is booked; nil where nobody knows it. One that is booked already,
    ///   but without such a number, is given it, too, and stays what it is.
    public func resolve(
        _ keys: [String], isBooked: Bool, reason: String?, receipt: (Document) -> String? = { _ in nil }
    ) throws(StoreError) -> [QueueResult] {
        let word = isBooked ? "booked" : "not booked"
        let cause = "\(who) found it \(word)" + (reason.map { ": \($0)" } ?? "")
        return try each(keys) { document throws(StoreError) in
            let number = isBooked ? receipt(document) : nil
            if let number, document.isBookedWithoutReceipt {
                let told = "\(who) gave its receipt \(number)" + (reason.map { ": \($0)" } ?? "")
                return .change(
                    DocumentChange(
                        id: document.id, from: [document.state], to: document.state,
                        cause: document.cause.isEmpty ? told : document.cause + "; " + told,
                        causeCode: document.causeCode, receipt: number))
            }
            guard document.state == .unknown || document.state == .accepted else {
                return .refuse(
                    "it is \(document.state.rawValue), not unknown or accepted" + Self.advice(document.state))
            }
            if !isBooked, try isBeforeGoLive(document) != nil {
                return .change(
                    DocumentChange(
                        id: document.id, from: [document.state], to: .discarded,
                        cause: cause + "; its window begins before the endpoint books", causeCode: "discard-before",
                        discard: .bookedByHand))
            }
            return .change(
                DocumentChange(
                    id: document.id, from: [document.state], to: isBooked ? .done : .queued,
                    notBefore: isBooked ? nil : now,
                    cause: cause, causeCode: isBooked ? "found-booked" : "found-not-booked", receipt: number))
        }
    }

    /// Why nothing of the document may be sent any more (RULES R17); nil where it may.
    private func isBeforeGoLive(_ document: Document) throws(StoreError) -> String? {
        guard let before = try store.health(of: document.request.endpoint).discardBefore, document.windowStart < before
        else { return nil }
        return "its window begins before \(before.iso8601), from when on the endpoint books; discard it"
    }

    private enum Decision {
        case change(DocumentChange)
        case refuse(String)
    }

    private func each(_ keys: [String], _ decide: (Document) throws(StoreError) -> Decision) throws(StoreError)
        -> [QueueResult]
    {
        var results: [QueueResult] = []
        for key in keys {
            let found = try store.documents(matching: key)
            guard let document = found.first else {
                results.append(QueueResult(key: key, outcome: .notFound))
                continue
            }
            if found.count > 1 {
                results.append(QueueResult(key: key, outcome: .ambiguous(found.prefix(5).map(\.key))))
                continue
            }
            results.append(QueueResult(key: document.key, outcome: try apply(try decide(document), to: document)))
        }
        return results
    }

    private func apply(_ decision: Decision, to document: Document) throws(StoreError) -> QueueResult.Outcome {
        switch decision {
        case .refuse(let sentence): return .refused(state: document.state, sentence: sentence)
        case .change(let change):
            if try store.record([change], by: who, now: now).isEmpty {
                let state = try store.documents(matching: document.key).first?.state ?? document.state
                return .refused(state: state, sentence: "it became \(state.rawValue) meanwhile; nothing was changed")
            }
            return .changed(from: document.state, to: change.to)
        }
    }

    /// What to do with a document in that state instead.
    static func advice(_ state: DocumentState) -> String {
        switch state {
        case .queued: "; the next run sends it"
        case .leased: "; a run is sending it, wait for its end"
        case .accepted, .unknown:
            "; look into the other system, then 'millrace queue resolve KEY --booked' or '--not-booked'"
        case .parked: "; see 'millrace queue show KEY'"
        case .done, .superseded, .discarded: ", and that is final; 'millrace resync' corrects the past"
        }
    }
}

extension Document {
    /// Whether the other system has it and its number there is not known.
    fileprivate var isBookedWithoutReceipt: Bool {
        receipt == nil && (state == .done || (state == .discarded && discard == .bookedByHand))
    }
}

/// The documents that wait, are in doubt or are parked.
public struct QueueList: Sendable {
    let store: any LookStore

    /// States in which a document is not at its end.
    public static let open: Set<DocumentState> = [.queued, .leased, .accepted, .unknown, .parked]

    /// The list of that store.
    public init(store: any LookStore) { self.store = store }

    /// Documents in these states by number; of the endpoint and with the cause, where given.
    public func documents(
        in states: Set<DocumentState> = open, endpoint: EndpointID? = nil, cause: String? = nil
    ) throws(StoreError) -> [Document] {
        var result: [Document] = []
        try each(in: states) { document in
            if let endpoint, document.request.endpoint != endpoint { return }
            if let cause, document.causeCode != cause { return }
            result.append(document)
        }
        return result
    }

    /// Hands over the documents in these states one by one, by number.
    public func each(in states: Set<DocumentState>, _ body: (Document) -> Void) throws(StoreError) {
        var position: Int64 = 0
        while true {
            let page = try store.documents(in: states, after: position, limit: 1_000)
            for document in page { body(document) }
            guard let last = page.last else { return }
            position = last.id
        }
    }
}
