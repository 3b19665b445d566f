// Hot path: sees every byte of a document; script/bench guards it.
import Glibc

/// Looks over the bytes before libxml2 does, and stops a tag that would cost it too much.
///
/// libxml2 compares each attribute of a tag with all others before it calls anyone: 50,000 of them are seconds of CPU.
/// The scan knows just enough of XML to tell tags from text, comments, CDATA sections and instructions. Where a document
/// is not well-formed it may lose its way; libxml2 stops at that very place.
struct XMLTagScanner {
    /// What must not reach libxml2, and how many bytes of the piece may: up to and with the tag's `<`, which makes
    /// libxml2 finish the text before it and wait there.
    struct Refusal {
        let kind: XMLFault.Kind
        let message: String
        let bytesBefore: Int
    }

    private enum State {
        case content, opened, startTag, doubleQuoted, singleQuoted, endTag
        case bang, bangDash, comment, commentDash, commentDashes, cdata, cdataBracket, cdataBrackets
        case instruction, instructionMark
    }

    private let limits: XMLLimits
    private var state = State.content
    private var equals = 0
    /// Bytes of the open tag in earlier pieces.
    private var tagLength = 0
    /// Where in this piece the open tag begins; -1 if it began in an earlier one.
    private var tagStart = -1

    /// A tag and its text of no more bytes hold too few attributes to count them: each takes five, with the space before it.
    private let plainTagBytes: Int

    init(_ limits: XMLLimits) {
        self.limits = limits
        plainTagBytes = min(limits.attributes * 4, limits.tagBytes)
    }

    /// Looks over the next piece of an encoding in which ASCII stands for itself.
    mutating func scan(_ piece: UnsafeBufferPointer<UInt8>) -> Refusal? {
        tagStart = -1
        var at = 0
        while at < piece.count {
            switch state {
            case .content: skipPlainTags(piece, &at)
            case .startTag:
                guard scanTag(piece, &at) else {
                    return refusal(.limit, "an element has more than \(limits.attributes) attributes")
                }
            case .bang where piece[at] != UInt8(ascii: "-") && piece[at] != UInt8(ascii: "["):
                return refusal(.documentType, "a document type declaration (<!DOCTYPE) is not allowed")
            default:
                state = next(after: piece[at])
                at += 1
            }
        }
        return endPiece(piece.count)
    }

    private func refusal(_ kind: XMLFault.Kind, _ message: String) -> Refusal {
        Refusal(kind: kind, message: message, bytesBefore: tagStart + 1)
    }

    private mutating func endPiece(_ count: Int) -> Refusal? {
        switch state {
        case .content, .cdata, .cdataBracket, .cdataBrackets: return nil
        default:
            tagLength += count - max(0, tagStart)
            if tagLength <= limits.tagBytes { return nil }
            return refusal(.limit, "a tag or comment is longer than \(limits.tagBytes) bytes")
        }
    }

    /// Goes on to the first tag that has to be looked into: one that is long enough for too many attributes, or no element's.
    ///
    /// Between two marks `<` stands one tag and its text: within a tag there is none, or the document is not well-formed and libxml2 stops.
    private mutating func skipPlainTags(_ piece: UnsafeBufferPointer<UInt8>, _ at: inout Int) {
        skipText(piece, &at)
        guard let base = piece.baseAddress else { return }
        while state == .opened, at < piece.count, piece[at] != UInt8(ascii: "!"), piece[at] != UInt8(ascii: "?"),
            let found = memchr(base + at, 0x3C, min(piece.count - at, plainTagBytes))
        {
            tagStart = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            at = tagStart + 1
        }
    }

    private mutating func skipText(_ piece: UnsafeBufferPointer<UInt8>, _ at: inout Int) {
        guard let base = piece.baseAddress, let found = memchr(base + at, 0x3C, piece.count - at) else {
            at = piece.count
            return
        }
        tagStart = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        tagLength = 0
        at = tagStart + 1
        state = .opened
    }

    /// Goes through a start tag up to its end or its next quote; false at one attribute too many.
    private mutating func scanTag(_ piece: UnsafeBufferPointer<UInt8>, _ at: inout Int) -> Bool {
        while at < piece.count {
            let byte = piece[at]
            at += 1
            // Letters are above all four marks.
            if byte > 0x3E { continue }
            switch byte {
            case UInt8(ascii: "\""):
                state = .doubleQuoted
                return true
            case UInt8(ascii: "'"):
                state = .singleQuoted
                return true
            case UInt8(ascii: ">"):
                state = .content
                return true
            case UInt8(ascii: "="):
                equals += 1
                if equals > limits.attributes { return false }
            default: continue
            }
        }
        return true
    }

    private mutating func next(after byte: UInt8) -> State {
        switch (state, byte) {
        case (.opened, UInt8(ascii: "/")): return .endTag
        case (.opened, UInt8(ascii: "!")): return .bang
        case (.opened, UInt8(ascii: "?")): return .instruction
        case (.opened, UInt8(ascii: ">")): return .content
        case (.opened, _):
            equals = 0
            return .startTag
        case (.doubleQuoted, UInt8(ascii: "\"")), (.singleQuoted, UInt8(ascii: "'")): return .startTag
        case (.endTag, UInt8(ascii: ">")): return .content
        case (.bang, UInt8(ascii: "-")): return .bangDash
        case (.bang, UInt8(ascii: "[")): return .cdata
        case (.bangDash, _): return .comment
        case (.comment, UInt8(ascii: "-")): return .commentDash
        case (.commentDash, UInt8(ascii: "-")), (.commentDashes, UInt8(ascii: "-")): return .commentDashes
        case (.commentDashes, UInt8(ascii: ">")): return .content
        case (.commentDash, _), (.commentDashes, _): return .comment
        case (.cdata, UInt8(ascii: "]")): return .cdataBracket
        case (.cdataBracket, UInt8(ascii: "]")), (.cdataBrackets, UInt8(ascii: "]")): return .cdataBrackets
        case (.cdataBrackets, UInt8(ascii: ">")): return .content
        case (.cdataBracket, _), (.cdataBrackets, _): return .cdata
        case (.instruction, UInt8(ascii: "?")), (.instructionMark, UInt8(ascii: "?")): return .instructionMark
        case (.instructionMark, UInt8(ascii: ">")): return .content
        case (.instructionMark, _): return .instruction
        default: return state
        }
    }
}
