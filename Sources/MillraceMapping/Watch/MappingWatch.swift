public import MillraceCore
public import MillraceValues
public import MillraceYAML
import Synchronization

/// Takes down what a mapping uses while it is tested or explained: rows, sides of conditions and choices, missing values.
public final class MappingWatch: Sendable {
    /// Something that was used.
    public enum Event: Hashable, Sendable {
        /// A row of a table was found.
        case row(table: String, key: [String], validFrom: Instant)
        /// The condition written there held or did not.
        case condition(SourceMark, Bool)
        /// The choice of an expression whose mark stands there took its first side or the other.
        case choice(SourceMark, Bool)
        /// A document's field had no value or no row, and its word about that was followed.
        case missing(field: String)
        /// A fact's field was given that.
        case attributed(field: String, Attributed)
    }

    private let taken = Mutex<[Event]>([])

    /// Nothing seen yet.
    public init() {}

    func note(_ event: Event) { taken.withLock { $0.append(event) } }

    /// What was used so far, in order; it is forgotten here.
    public func take() -> [Event] {
        taken.withLock { events in
            defer { events = [] }
            return events
        }
    }
}

extension MappingContext {
    /// A condition that tells the watch how it ends, where there is one.
    func watched<Input>(
        _ condition: @escaping @Sendable (Input) -> Bool, at mark: SourceMark
    ) -> @Sendable (Input) -> Bool {
        guard let watch else { return condition }
        return { input in
            let holds = condition(input)
            watch.note(.condition(mark, holds))
            return holds
        }
    }

    /// A condition that tells the watch how it ends, where there is one.
    func watched<Input>(
        _ condition: @escaping @Sendable (Input) throws(MappingFault) -> Bool, at mark: SourceMark
    ) -> @Sendable (Input) throws(MappingFault) -> Bool {
        guard let watch else { return condition }
        return { (input) throws(MappingFault) -> Bool in
            let holds = try condition(input)
            watch.note(.condition(mark, holds))
            return holds
        }
    }
}
