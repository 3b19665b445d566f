import MillraceValues

/// What the doctor found in one place.
struct Finding {
    /// How bad it is.
    enum State: String {
        /// As it should be.
        case fine = "ok"
        /// It works, and should be looked after.
        case hint
        /// It is in the way, or will be.
        case fault = "FAULT"
    }

    /// What was looked at: `store`, `space`, `clock`, …
    let area: String
    let state: State
    /// One sentence.
    let sentence: String
    /// What to type; empty where there is nothing to do.
    let advice: String
    /// The exit code of a fault.
    let exit: Exit

    static func fine(_ area: String, _ sentence: String) -> Finding {
        Finding(area: area, state: .fine, sentence: sentence, advice: "", exit: .done)
    }

    static func hint(_ area: String, _ sentence: String, _ advice: String) -> Finding {
        Finding(area: area, state: .hint, sentence: sentence, advice: advice, exit: .done)
    }

    static func fault(_ area: String, _ sentence: String, _ advice: String, _ exit: Exit) -> Finding {
        Finding(area: area, state: .fault, sentence: sentence, advice: advice, exit: exit)
    }

    /// The finding as an object.
    var object: Value {
        [
            "kind": "finding", "area": .string(area), "state": .string(state == .fault ? "fault" : state.rawValue),
            "sentence": .string(sentence), "advice": .string(advice),
        ]
    }
}
