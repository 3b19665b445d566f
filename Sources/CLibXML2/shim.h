#include <libxml/parser.h>
#include <libxml/SAX2.h>
#include <libxml/dict.h>
#include <libxml/xmlschemas.h>

// What Swift cannot reach: macros, and fields whose types do not import well.

static inline unsigned int millrace_xml_sax2_magic(void) { return XML_SAX2_MAGIC; }

// The encoding that the document declares, or NULL.
static inline const char *millrace_xml_declared_encoding(xmlParserCtxtPtr parser) {
    if (parser->encoding != NULL) return (const char *)parser->encoding;
    if (parser->input != NULL && parser->input->encoding != NULL) return (const char *)parser->input->encoding;
    return NULL;
}

static inline int millrace_xml_line(xmlParserCtxtPtr parser) { return parser->input != NULL ? parser->input->line : 0; }

static inline int millrace_xml_column(xmlParserCtxtPtr parser) { return parser->input != NULL ? parser->input->col : 0; }

static inline void millrace_xml_ignore(void *context, const char *message, ...) {
    (void)context;
    (void)message;
}

// Keeps libxml2 from writing to stderr on this thread; reports without a parser go to `report`.
static inline void millrace_xml_hush(void *context, xmlStructuredErrorFunc report) {
    xmlSetGenericErrorFunc(NULL, millrace_xml_ignore);
    xmlSetStructuredErrorFunc(context, report);
}

// Gives this thread its defaults back.
static inline void millrace_xml_unhush(void) {
    xmlSetGenericErrorFunc(NULL, NULL);
    xmlSetStructuredErrorFunc(NULL, NULL);
}

// A copy of the bytes as what `parser` reads, under that name; NULL where memory ran out.
static inline xmlParserInputPtr millrace_xml_input(
    xmlParserCtxtPtr parser, const char *bytes, int count, const char *name
) {
    xmlParserInputBufferPtr buffer = xmlParserInputBufferCreateMem(bytes, count, XML_CHAR_ENCODING_NONE);
    if (buffer == NULL) return NULL;
    xmlParserInputPtr input = xmlNewIOInputStream(parser, buffer, XML_CHAR_ENCODING_NONE);
    if (input == NULL) {
        xmlFreeParserInputBuffer(buffer);
        return NULL;
    }
    input->filename = (const char *)xmlStrdup((const xmlChar *)name);
    return input;
}
