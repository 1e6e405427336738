// Tells where lines start steps, where bodies end, and what a line of the head is. It remembers whether the block has
// several clients, whose names may then stand before any mark, and whether the last line had blank ones below it, behind
// which an answer has no headers.
#include "tree_sitter/alloc.h"
#include "tree_sitter/parser.h"

enum Token {
    EOL,
    BLANK,
    CONTINUE,
    TEXT,
    CLIENT,
    SEND,
    RECEIVE,
    CONTROL,
    COMMENT,
    OPTION,
    OPTION_LET,
    OPTION_PATTERN,
    OPTION_CLIENTS,
    HEADER_NAME,
    METHOD,
    URL_START,
    JSON_SIGHT,
    XML_SIGHT,
    LINE_ESCAPE,
    ENCODING,
    FILE_PATH,
    CODE,
    ERROR_SENTINEL,
};

typedef struct {
    bool clients;
    bool parted;
} Scanner;

static const int32_t RIGHT_ARROW = 0x2192;
static const int32_t LEFT_ARROW = 0x2190;

static bool is_blank(int32_t next) { return next == ' ' || next == '\t'; }

static bool is_letter(int32_t next) { return (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'); }

static bool is_digit(int32_t next) { return next >= '0' && next <= '9'; }

static bool is_name(int32_t next) {
    return is_letter(next) || is_digit(next) || next == '_' || next == '-' ||
           (next >= 0x80 && next != RIGHT_ARROW && next != LEFT_ARROW);
}

// RFC 9110, 5.6.2
static bool is_token(int32_t next) {
    if (is_letter(next) || is_digit(next)) {
        return true;
    }
    switch (next) {
    case '!': case '#': case '$': case '%': case '&': case '\'': case '*': case '+': case '-': case '.': case '^':
    case '_': case '`': case '|': case '~':
        return true;
    default:
        return false;
    }
}

static bool ends_line(TSLexer *lexer) {
    return lexer->eof(lexer) || lexer->lookahead == '\n' || lexer->lookahead == '\r';
}

static void advance(TSLexer *lexer) { lexer->advance(lexer, false); }

static void skip_blanks(TSLexer *lexer) {
    while (is_blank(lexer->lookahead)) {
        lexer->advance(lexer, true);
    }
}

static void pass_blanks(TSLexer *lexer) {
    while (is_blank(lexer->lookahead)) {
        advance(lexer);
    }
}

// Passes the end of a line, if it is here.
static bool pass_newline(TSLexer *lexer) {
    if (lexer->lookahead == '\r') {
        advance(lexer);
    }
    if (lexer->lookahead == '\n') {
        advance(lexer);
        return true;
    }
    return false;
}

static bool found(TSLexer *lexer, enum Token token) {
    lexer->result_symbol = token;
    return true;
}

typedef enum { NO_MARK, MARK_SEND, MARK_RECEIVE, MARK_CONTROL } Mark;

// Passes a mark, which is one if a blank or the end of the line follows. `dash` says that a `-` was passed before it.
static Mark pass_mark(TSLexer *lexer, bool dash) {
    Mark mark = NO_MARK;
    if (dash || lexer->lookahead == '-') {
        if (!dash) {
            advance(lexer);
        }
        mark = lexer->lookahead == '>' ? MARK_SEND : lexer->lookahead == '-' ? MARK_CONTROL : NO_MARK;
    } else if (lexer->lookahead == '<') {
        advance(lexer);
        mark = lexer->lookahead == '-' ? MARK_RECEIVE : NO_MARK;
    } else {
        mark = lexer->lookahead == RIGHT_ARROW ? MARK_SEND : lexer->lookahead == LEFT_ARROW ? MARK_RECEIVE : NO_MARK;
    }
    if (mark == NO_MARK) {
        return NO_MARK;
    }
    advance(lexer);
    return is_blank(lexer->lookahead) || ends_line(lexer) ? mark : NO_MARK;
}

// Whether a word is one of those that stand behind `->`.
static bool is_sent(const char *word, unsigned length) {
    static const char *const WORDS[] = {"text", "json", "xml", "binary", "msgpack", "cbor", "proto", "ping", "pong", "close", "HTTP"};
    for (unsigned at = 0; at < sizeof WORDS / sizeof *WORDS; at++) {
        unsigned same = 0;
        while (same < length && WORDS[at][same] == word[same] && WORDS[at][same] != 0) {
            same++;
        }
        if (same == length && WORDS[at][same] == 0) {
            return true;
        }
    }
    return false;
}

// Whether what stands behind `NAME ->` reads as a message. In a block with one client such a line is text, in a server it
// is a step; which of them the block is stands on its fence, and is not known here.
static bool reads_as_sent(TSLexer *lexer) {
    pass_blanks(lexer);
    if (lexer->lookahead == '{' || lexer->lookahead == '[' || lexer->lookahead == '<') {
        return true;
    }
    char word[8];
    unsigned length = 0;
    while (is_letter(lexer->lookahead) && length < sizeof word) {
        word[length++] = (char)lexer->lookahead;
        advance(lexer);
    }
    return (is_blank(lexer->lookahead) || ends_line(lexer)) && is_sent(word, length);
}

// Whether the line that starts here starts a step.
static bool starts_step(const Scanner *scanner, TSLexer *lexer) {
    if (scanner->clients) {
        pass_blanks(lexer);
    }
    if (!is_name(lexer->lookahead)) {
        return pass_mark(lexer, false) != NO_MARK;
    }
    bool dash = lexer->lookahead == '-';
    if (dash) {
        advance(lexer);
        if (lexer->lookahead == '>' || lexer->lookahead == '-') {
            if (pass_mark(lexer, true) != NO_MARK) {
                return true;
            }
        }
    }
    while (is_name(lexer->lookahead)) {
        advance(lexer);
    }
    if (!is_blank(lexer->lookahead)) {
        return false;
    }
    pass_blanks(lexer);
    Mark mark = pass_mark(lexer, false);
    return scanner->clients ? mark != NO_MARK : mark == MARK_SEND && reads_as_sent(lexer);
}

// The end of a line, with the blank lines below it. A body goes on where a line that starts no step follows.
static bool end_of_line(Scanner *scanner, TSLexer *lexer, const bool *valid) {
    if (!lexer->eof(lexer) && !pass_newline(lexer)) {
        return false;
    }
    lexer->mark_end(lexer);
    bool indented = false;
    scanner->parted = false;
    while (!lexer->eof(lexer)) {
        indented = is_blank(lexer->lookahead);
        pass_blanks(lexer);
        if (!ends_line(lexer) || !pass_newline(lexer)) {
            break;
        }
        scanner->parted = true;
        lexer->mark_end(lexer);
    }
    // Blanks may stand before a mark only where there are several clients.
    bool step = lexer->eof(lexer) || ((!indented || scanner->clients) && starts_step(scanner, lexer));
    return found(lexer, step || !valid[CONTINUE] ? EOL : CONTINUE) && valid[lexer->result_symbol];
}

// Lines of blanks, from the start of one.
static bool blank_lines(TSLexer *lexer) {
    bool any = false;
    for (;;) {
        bool blanks = is_blank(lexer->lookahead);
        pass_blanks(lexer);
        if (lexer->eof(lexer)) {
            if (blanks) {
                lexer->mark_end(lexer);
                any = true;
            }
            break;
        }
        if (!ends_line(lexer) || !pass_newline(lexer)) {
            break;
        }
        lexer->mark_end(lexer);
        any = true;
    }
    return any && found(lexer, BLANK);
}

static bool opens(int32_t next) { return is_letter(next) || next == '_' || next == '$' || next >= 0x80; }

// Characters up to a placeholder or the end of the line; `any` says that some were passed. Of a longer run of braces the
// last two open one.
static bool text(TSLexer *lexer, bool any) {
    for (;;) {
        if (lexer->eof(lexer) || lexer->lookahead == '\n') {
            lexer->mark_end(lexer);
            return any && found(lexer, TEXT);
        }
        if (lexer->lookahead == '\r') {
            lexer->mark_end(lexer);
            advance(lexer);
            if (lexer->lookahead == '\n') {
                return any && found(lexer, TEXT);
            }
            any = true;
            continue;
        }
        if (lexer->lookahead == '\\') {
            // `\{{` is two braces.
            advance(lexer);
            for (int braces = 0; braces < 2 && lexer->lookahead == '{'; braces++) {
                advance(lexer);
            }
            any = true;
            continue;
        }
        if (lexer->lookahead != '{') {
            advance(lexer);
            any = true;
            continue;
        }
        if (any) {
            lexer->mark_end(lexer);
        }
        advance(lexer);
        if (!any) {
            lexer->mark_end(lexer);
        }
        if (lexer->lookahead != '{') {
            any = true;
            continue;
        }
        advance(lexer);
        if (opens(lexer->lookahead)) {
            return any && found(lexer, TEXT);
        }
        if (lexer->lookahead == '{') {
            return found(lexer, TEXT);
        }
        any = true;
    }
}

// Whether a word that was passed is `word`, and has ended.
static bool pass_word(TSLexer *lexer, const char *word) {
    while (*word != 0) {
        if (lexer->lookahead != *word) {
            return false;
        }
        advance(lexer);
        word++;
    }
    return is_blank(lexer->lookahead) || ends_line(lexer);
}

// What stands at the start of a word, where text could stand, and is more than that.
static bool more_than_text(TSLexer *lexer, const bool *valid, bool *passed) {
    if (valid[JSON_SIGHT] || valid[XML_SIGHT]) {
        lexer->mark_end(lexer);
        if (valid[JSON_SIGHT] && lexer->lookahead == '[') {
            return found(lexer, JSON_SIGHT);
        }
        if (valid[XML_SIGHT] && lexer->lookahead == '<') {
            return found(lexer, XML_SIGHT);
        }
        if (valid[JSON_SIGHT] && lexer->lookahead == '{') {
            advance(lexer);
            *passed = true;
            if (lexer->lookahead == '{') {
                advance(lexer);
                return !opens(lexer->lookahead) && found(lexer, JSON_SIGHT);
            }
            return found(lexer, JSON_SIGHT);
        }
    }
    if (valid[CODE] && is_digit(lexer->lookahead)) {
        *passed = true;
        while (is_digit(lexer->lookahead)) {
            advance(lexer);
        }
        if (is_blank(lexer->lookahead) || ends_line(lexer)) {
            lexer->mark_end(lexer);
            return found(lexer, CODE);
        }
        return false;
    }
    if (valid[ENCODING] && (lexer->lookahead == 'h' || lexer->lookahead == 'b')) {
        *passed = true;
        if (pass_word(lexer, lexer->lookahead == 'h' ? "hex" : "base64")) {
            lexer->mark_end(lexer);
            return found(lexer, ENCODING);
        }
        return false;
    }
    if (valid[FILE_PATH] && lexer->lookahead == '@') {
        *passed = true;
        advance(lexer);
        bool dot = lexer->lookahead == '.';
        while (lexer->lookahead == '.') {
            advance(lexer);
        }
        if (dot && lexer->lookahead == '/') {
            while (!ends_line(lexer)) {
                advance(lexer);
            }
            lexer->mark_end(lexer);
            return found(lexer, FILE_PATH);
        }
        return false;
    }
    return false;
}

static bool mark_token(TSLexer *lexer, const bool *valid, Mark mark) {
    lexer->mark_end(lexer);
    enum Token token = mark == MARK_SEND ? SEND : mark == MARK_RECEIVE ? RECEIVE : CONTROL;
    return mark != NO_MARK && valid[token] && found(lexer, token);
}

static bool option(Scanner *scanner, TSLexer *lexer, const bool *valid) {
    char word[10] = {0};
    unsigned length = 0;
    advance(lexer);
    while (is_name(lexer->lookahead)) {
        if (length < sizeof word - 1) {
            word[length] = (char)lexer->lookahead;
        }
        length++;
        advance(lexer);
    }
    lexer->mark_end(lexer);
    static const struct {
        const char *word;
        enum Token token;
    } OPTIONS[] = {{"let", OPTION_LET}, {"never", OPTION_PATTERN}, {"ignore", OPTION_PATTERN}, {"clients", OPTION_CLIENTS}};
    for (unsigned at = 0; at < sizeof OPTIONS / sizeof *OPTIONS; at++) {
        unsigned same = 0;
        while (OPTIONS[at].word[same] != 0 && OPTIONS[at].word[same] == word[same]) {
            same++;
        }
        if (OPTIONS[at].word[same] == 0 && length == same && valid[OPTIONS[at].token]) {
            scanner->clients |= OPTIONS[at].token == OPTION_CLIENTS;
            return found(lexer, OPTIONS[at].token);
        }
    }
    return valid[OPTION] && found(lexer, OPTION);
}

// Behind a word and blanks: whose the line is, or its method.
static bool behind_word(const Scanner *scanner, TSLexer *lexer, const bool *valid, bool upper) {
    Mark mark = NO_MARK;
    int32_t next = lexer->lookahead;
    if (valid[CLIENT] && (next == '-' || next == '<' || next == RIGHT_ARROW || next == LEFT_ARROW)) {
        mark = pass_mark(lexer, false);
        if (scanner->clients ? mark != NO_MARK : mark == MARK_SEND) {
            return found(lexer, CLIENT);
        }
    }
    bool let = next == '@';
    bool named = false;
    while (is_token(lexer->lookahead)) {
        named = true;
        advance(lexer);
    }
    if (named && lexer->lookahead == ':') {
        advance(lexer);
        named = lexer->lookahead != '/';
    } else {
        named = false;
    }
    if (valid[METHOD] && upper && !scanner->clients && !let && !named) {
        return found(lexer, METHOD);
    }
    return valid[CLIENT] && found(lexer, CLIENT);
}

// The start of a line of the head, or of a step.
static bool line_start(Scanner *scanner, TSLexer *lexer, const bool *valid) {
    bool head = valid[URL_START];
    bool indented = is_blank(lexer->lookahead);
    if (indented) {
        skip_blanks(lexer);
    }
    int32_t next = lexer->lookahead;
    if (next == '<' || next == RIGHT_ARROW || next == LEFT_ARROW) {
        return mark_token(lexer, valid, pass_mark(lexer, false));
    }
    if (head && next == '#') {
        while (!ends_line(lexer)) {
            advance(lexer);
        }
        lexer->mark_end(lexer);
        return found(lexer, COMMENT);
    }
    if (head && next == '@') {
        return option(scanner, lexer, valid);
    }
    bool upper = next >= 'A' && next <= 'Z';
    bool name = true;
    bool token = true;
    bool any = false;
    if (next == '-') {
        advance(lexer);
        any = true;
        if (lexer->lookahead == '>' || lexer->lookahead == '-') {
            Mark mark = pass_mark(lexer, true);
            if (mark != NO_MARK) {
                return (!indented || scanner->clients) && mark_token(lexer, valid, mark);
            }
        }
    }
    while (is_token(lexer->lookahead) || is_name(lexer->lookahead)) {
        any = true;
        name &= is_name(lexer->lookahead);
        token &= is_token(lexer->lookahead);
        upper &= !(lexer->lookahead >= 'a' && lexer->lookahead <= 'z');
        advance(lexer);
    }
    lexer->mark_end(lexer);
    if (any && lexer->lookahead == ':' && head) {
        advance(lexer);
        bool url = lexer->lookahead == '/';
        return found(lexer, url || !token || !valid[HEADER_NAME] ? URL_START : HEADER_NAME);
    }
    if (any && is_blank(lexer->lookahead) && (name || upper)) {
        pass_blanks(lexer);
        if (!ends_line(lexer) && behind_word(scanner, lexer, valid, upper)) {
            return true;
        }
    }
    return head && !(lexer->eof(lexer) && !any) && found(lexer, URL_START);
}

bool tree_sitter_wss_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
    Scanner *scanner = payload;
    if (valid[ERROR_SENTINEL]) {
        return false;
    }
    // A body's line.
    if (valid[LINE_ESCAPE] && lexer->lookahead == '\\') {
        advance(lexer);
        lexer->mark_end(lexer);
        if (lexer->lookahead == '\\' || starts_step(scanner, lexer)) {
            return found(lexer, LINE_ESCAPE);
        }
        return false;
    }
    // The start of a line: of the head, or of a step.
    if (valid[CLIENT]) {
        lexer->mark_end(lexer);
        // Blanks are passed, so that a line of them is told from one that they stand before.
        bool indented = is_blank(lexer->lookahead);
        if (indented) {
            skip_blanks(lexer);
        }
        if (ends_line(lexer)) {
            if (!valid[BLANK]) {
                return false;
            }
            return blank_lines(lexer) || (indented && lexer->eof(lexer) && (lexer->mark_end(lexer), found(lexer, BLANK)));
        }
        if (indented && !scanner->clients && !valid[URL_START]) {
            return false;
        }
        return line_start(scanner, lexer, valid);
    }
    // The mark behind a name.
    if (valid[SEND]) {
        skip_blanks(lexer);
        int32_t next = lexer->lookahead;
        if (next == '-' || next == '<' || next == RIGHT_ARROW || next == LEFT_ARROW) {
            return mark_token(lexer, valid, pass_mark(lexer, false));
        }
    }
    // A header of an answer, or a URL or header behind a client's name.
    if ((valid[HEADER_NAME] && !scanner->parted) || valid[URL_START] || valid[OPTION_LET]) {
        skip_blanks(lexer);
        if (valid[OPTION_LET] && lexer->lookahead == '@') {
            return option(scanner, lexer, valid);
        }
        lexer->mark_end(lexer);
        bool any = false;
        while (is_token(lexer->lookahead)) {
            any = true;
            advance(lexer);
        }
        if (any && lexer->lookahead == ':') {
            lexer->mark_end(lexer);
            advance(lexer);
            bool url = lexer->lookahead == '/';
            if (valid[URL_START] && (url || !valid[HEADER_NAME])) {
                return found(lexer, URL_START);
            }
            if (valid[HEADER_NAME] && !url) {
                return found(lexer, HEADER_NAME);
            }
        }
        if (valid[URL_START]) {
            return found(lexer, URL_START);
        }
        if (any) {
            // It was a line of a body: what was passed is text.
            return valid[TEXT] && text(lexer, true);
        }
    }
    skip_blanks(lexer);
    if (ends_line(lexer) && (valid[EOL] || valid[CONTINUE])) {
        return end_of_line(scanner, lexer, valid);
    }
    bool passed = false;
    if (more_than_text(lexer, valid, &passed)) {
        return true;
    }
    // A word that could have been more, and was passed, is text with what follows.
    return valid[TEXT] && text(lexer, passed);
}

void *tree_sitter_wss_external_scanner_create(void) { return ts_calloc(1, sizeof(Scanner)); }

void tree_sitter_wss_external_scanner_destroy(void *payload) { ts_free(payload); }

unsigned tree_sitter_wss_external_scanner_serialize(void *payload, char *buffer) {
    const Scanner *scanner = payload;
    buffer[0] = (char)((scanner->clients ? 1 : 0) | (scanner->parted ? 2 : 0));
    return 1;
}

void tree_sitter_wss_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    Scanner *scanner = payload;
    scanner->clients = length > 0 && (buffer[0] & 1) != 0;
    scanner->parted = length > 0 && (buffer[0] & 2) != 0;
}
