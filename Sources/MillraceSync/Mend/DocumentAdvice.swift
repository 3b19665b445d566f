public import MillraceCore

/// What to type for documents that wait for a person, by state and cause.
public enum DocumentAdvice {
    /// The cause of a correction whose document has no receipt, which the call needs.
    static let noReceipt = "no-receipt"

    /// One line; empty where only waiting helps.
    ///
    /// - Shape: for `count` documents of the request with that cause, of which `key` is the oldest; several are named by their cause.
    ///   `contract` is what the request promises; nil for one that the site has no more.
    public static func text(
        _ state: DocumentState, cause: String, request: RequestID, key: String, count: Int, contract: RequestContract?
    ) -> String {
        let these = count == 1 ? key : "--endpoint \(request.endpoint) --cause \(cause)"
        switch (state, cause) {
        case (.unknown, "restored") where contract?.canLookUp != true, (.accepted, _) where contract?.canLookUp != true:
            return byHand(key)
        case (.unknown, _) where contract?.decidesLostAnswers == true:
            return "nothing; it is looked up or repeated by itself as soon as the endpoint answers"
        case (.unknown, _): return byHand(key)
        case (.accepted, _): return "nothing; it is looked up by itself until the endpoint says what became of it"
        case (.parked, "by-hand"):
            return "correct it there by hand, then: millrace queue discard \(these) --booked-by-hand --reason TEXT"
        case (.parked, noReceipt):
            return
                "give the receipt as the sentence says, and the next run makes it anew; or correct it there by hand, then: "
                + "millrace queue discard \(these) --booked-by-hand --reason TEXT"
        case (.parked, "claimed-twice"): return "part the two mappings with 'where'"
        case (.parked, "refused"):
            return "mend it there, then: millrace queue release \(these) --reason TEXT; where that order is finished: "
                + "millrace queue remap \(these) --order OLD=NEW"
        case (.parked, _): return "mend the mapping or its table, then: millrace queue remap \(these)"
        case (.queued, "business-hold"):
            return "mend it there, such as an order that is locked or not there yet; it is tried again by itself"
        default: return ""
        }
    }

    private static func byHand(_ key: String) -> String {
        "look into the other system, then: millrace queue resolve \(key) --booked | --not-booked"
    }
}
