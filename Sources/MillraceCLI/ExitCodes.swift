import ArgumentParser

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
    /// Whether the result has its last object already.
    var isEnded = false

    init(_ exit: Exit, _ sentence: String) {
        self.exit = exit
        self.sentence = sentence
    }

    /// Everything was said, also how it ended.
    init(_ exit: Exit) {
        self.init(exit, "")
        isEnded = true
    }
}
