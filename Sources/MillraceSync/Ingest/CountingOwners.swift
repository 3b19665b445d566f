import MillraceCore
import MillraceMapping

/// Which mapping tells a quantity of an equipment, or its states and stops: the first that ever did, as long as there is one of that
/// name (RULES R9). One for all pulls of a run, so that two of them do not both begin.
final class CountingOwners {
    private let store: any ReadingStore
    private let names: Set<MappingName>
    private var begun: [CountingSource: MappingName] = [:]

    init(_ plant: Plant, store: any ReadingStore) {
        self.store = store
        names = Set(plant.readingMappings.map(\.name))
    }

    /// Whether another mapping tells it; where none does, this one does from now on, which goes into the step.
    ///
    /// - Throws: `StoreError`.
    func isShadowed(_ source: CountingSource, of mapping: MappingName, into step: inout IngestStep) throws -> Bool {
        if let owner = try begun[source] ?? store.countingSource(of: source), names.contains(owner) {
            return owner != mapping
        }
        begun[source] = mapping
        step.countingSources[source] = mapping
        return false
    }
}
