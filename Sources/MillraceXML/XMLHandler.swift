/// Takes the elements of a document in their order.
///
/// Both steps get the parser's one ``XMLTag``, filled anew each time: copy what is to last. A fault thrown here ends
/// the parsing and comes out of `feed` or `finish` unchanged; `tag.fault(_:)` makes one with the place.
public protocol XMLHandler: AnyObject {
    /// An element begins; its attributes are in the tag.
    func startElement(_ tag: XMLTag) throws(XMLFault)
    /// An element ends; for a leaf, `tag.text` is its whole text.
    func endElement(_ tag: XMLTag) throws(XMLFault)
}
