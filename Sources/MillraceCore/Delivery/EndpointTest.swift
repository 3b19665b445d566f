public import MillraceValues

/// What a person asks before anything is sent: can the endpoint be reached, may it be trusted, are we known there?
public struct EndpointTest: Hashable, Sendable {
    /// What was looked at, in the order in which a request meets it.
    public enum Step: String, Sendable, CaseIterable {
        /// The host's name has an address.
        case name
        /// Something answers there.
        case connection
        /// The host proves who it is.
        case tls
        /// The host knows who we are.
        case login
        /// A read that changes nothing is answered as the site's file expects.
        case read
        /// A folder can be written.
        case folder
    }

    /// What a look brought.
    public enum Result: String, Sendable {
        /// It is so.
        case proved
        /// It is not.
        case failed
        /// It cannot be told.
        case open
    }

    /// One look.
    public struct Finding: Hashable, Sendable {
        /// What was looked at.
        public var step: Step
        /// What it brought.
        public var result: Result
        /// One sentence, without secrets.
        public var sentence: String

        /// A finding of these parts.
        public init(_ step: Step, _ result: Result, _ sentence: String) {
            self.step = step
            self.result = result
            self.sentence = sentence
        }
    }

    /// The findings, in order; after the first that failed nothing more was looked at.
    public var findings: [Finding]
    /// Until when the host's certificate holds; nil where none was shown.
    public var certificateExpires: Instant?
    /// How far the host's clock is ahead of ours, by its `Date`; nil where it did not say.
    public var clockAhead: Duration?

    /// A test with these findings.
    public init(_ findings: [Finding] = [], certificateExpires: Instant? = nil, clockAhead: Duration? = nil) {
        self.findings = findings
        self.certificateExpires = certificateExpires
        self.clockAhead = clockAhead
    }

    /// The first that failed; nil where none did.
    public var failure: Finding? { findings.first { $0.result == .failed } }

    /// Notes a finding.
    public mutating func note(_ step: Step, _ result: Result, _ sentence: String) {
        findings.append(Finding(step, result, sentence))
    }
}
