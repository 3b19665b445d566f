import CProgramPages
import MillraceCore
import Synchronization

/// Gives back the memory of the program's own pages between the parts of a run: what read the mappings and opened the store is not
/// needed to pull, and what pulls is not needed to make documents.
///
/// Such pages are copies of the program's file and its libraries'; one that is needed again comes back from the system's cache.
final class ProgramPages: Sendable {
    private let part = Mutex((unit: "", steps: 0))

    /// Notes how far a run is: where a part begins, and now and then in a long one, for what is needed once stays otherwise.
    func note(_ progress: RunProgress) {
        let isTurn = part.withLock { part in
            part = part.unit == progress.unit ? (part.unit, part.steps + 1) : (progress.unit, 1)
            return part.steps == 1 || part.steps % 32 == 4
        }
        if isTurn { millrace_give_back_program_pages() }
    }
}
