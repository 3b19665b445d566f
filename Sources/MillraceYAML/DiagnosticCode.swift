/// What kind of fault a diagnostic tells of; the number never changes its meaning.
public enum DiagnosticCode: String, Sendable, CaseIterable {
    /// The text is no YAML.
    case syntax = "MR001"
    /// A key stands twice.
    case duplicateKey = "MR002"
    /// The file is too large, too deep, or its aliases unfold too far.
    case tooLarge = "MR003"
    /// A key that is not known there.
    case unknownKey = "MR004"
    /// A key that has to be there.
    case missingKey = "MR005"
    /// A list where a word is due, and the like.
    case wrongShape = "MR006"
    /// A word that is not among the allowed ones.
    case unknownWord = "MR007"
    /// A text that is no number, length of time, rate or date.
    case badScalar = "MR008"
    /// Something that this version cannot do yet.
    case notYet = "MR009"
    /// A field without exactly one source.
    case oneSource = "MR010"
    /// A literal that has to be written as `{value: …}`.
    case bareLiteral = "MR011"
    /// A condition that cannot be read.
    case condition = "MR012"
    /// A name that nothing bears.
    case unknownName = "MR013"
    /// A table that cannot be used.
    case table = "MR014"
    /// A count without order or operation (RULES R10).
    case orderAndOperation = "MR015"
    /// `where` beside a counter (RULES R11).
    case whereWithCounters = "MR016"
    /// A window that does not fit the hour or the day.
    case window = "MR017"
    /// A secret that stands in the file.
    case secret = "MR018"
    /// A time pattern or zone that cannot be used.
    case time = "MR019"
    /// Two mappings of one name.
    case repeatedName = "MR020"
    /// Two document mappings claim the same facts (RULES R14).
    case doubleClaim = "MR021"
    /// `total-over` and `per` differ (RULES R16).
    case totalOver = "MR022"
    /// A `per` field that a feeding mapping never sets (RULES R10).
    case neverSet = "MR023"
    /// A calendar that cannot be used.
    case calendar = "MR024"
    /// Settings that contradict each other.
    case contradiction = "MR025"
    /// Two sources count the same (RULES R9).
    case countedTwice = "MR026"
    /// A test that cannot be run.
    case test = "MR027"
    /// A connector that no mapping reads.
    case neverRead = "MR028"
    /// A schema that cannot be used.
    case schema = "MR029"
    /// An expression that cannot be read.
    case expression = "MR060"
    /// A mapping that cannot be laid over the one it extends.
    case overlay = "MR061"
    /// A unit that is not known, or of another dimension.
    case unit = "MR062"
    /// Allowed, and often not meant.
    case trap = "MR070"
    /// A table, look-up, signal or value that nothing uses.
    case unused = "MR071"
    /// A comparison that never holds.
    case neverEqual = "MR072"
    /// A comparison that is false where a name has no value.
    case comparisonWithNothing = "MR073"
}
