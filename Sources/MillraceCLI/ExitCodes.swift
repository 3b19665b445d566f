import ArgumentParser
import MillraceCore

/// The exit codes of DESIGN section 8.
enum Exit: Int32, Sendable {
    case done = 0
    case failed = 1
    case usage = 2
    case newlyParked = 3
    case endpointDown = 4
    case sourceUnreachable = 5
    case limitReached = 6
    case invalidConfiguration = 10
    case locked = 11
    case credentialRefused = 12
    case storeUntrusted = 13
    case storageFull = 14
    case interrupted = 130
    case terminated = 143

    /// Of several at once the first of these is the exit code.
    static let byGravity: [Exit] = [
        .storeUntrusted, .storageFull, .credentialRefused, .invalidConfiguration, .failed, .endpointDown,
        .sourceUnreachable, .newlyParked, .limitReached, .locked,
    ]
}

/// Ends a command with a sentence on stderr and an exit code.
struct CommandFailure: Error, Sendable {
    /// The exit code.
    let exit: Exit
    /// One sentence: what failed, where, what to do now. Empty where everything was said already.
    let sentence: String
    /// What is told before it, a line or more each: the faults of files.
    var details: [String] = []
    /// Whether the result has its last object already.
    var isEnded = false

    init(_ exit: Exit, _ sentence: String) {
        self.exit = exit
        self.sentence = sentence
    }

    /// What ended a command, where it says how it ends.
    init?(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let failure as StoreError: self.init(failure.exit, "\(failure)")
        default: return nil
        }
    }

    /// Everything was said, also how it ended.
    init(_ exit: Exit) {
        self.init(exit, "")
        isEnded = true
    }
}
