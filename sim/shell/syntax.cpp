#include "sim/shell/syntax.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sim::shell {
namespace {

bool is_name_char(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct Token {
  enum class Kind : uint8_t { kWord, kOperator, kEnd };
  Kind kind = Kind::kEnd;
  Word word;
  std::string text;     // of an operator; of a word without quotes or variables, that word
  int descriptor = -1;  // before a redirection, if it was written
};

// Cuts a script into words and operators.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Token next();
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void skip_blanks();
  Token read_operator();
  Token read_word();
  void read_quoted(Word& word);
  void read_variable(Word& word, bool is_quoted);
  static void add(Word& word, std::string_view text, bool is_quoted);

  std::string_view text_;
  size_t at_ = 0;
  std::string error_;
};

void Lexer::skip_blanks() {
  while (!at_end()) {
    if (peek() == ' ' || peek() == '\t' || peek() == '\r') {
      ++at_;
    } else if (peek() == '\\' && peek(1) == '\n') {
      at_ += 2;
    } else if (peek() == '#') {
      while (!at_end() && peek() != '\n') ++at_;
    } else {
      return;
    }
  }
}

Token Lexer::next() {
  skip_blanks();
  if (at_end()) return {};
  constexpr std::string_view kOperators = ";&|<>()\n";
  if (kOperators.find(peek()) != std::string_view::npos) return read_operator();
  const bool has_descriptor = is_digit(peek()) && (peek(1) == '>' || peek(1) == '<');
  if (!has_descriptor) return read_word();
  const int descriptor = text_[at_++] - '0';
  Token token = read_operator();
  token.descriptor = descriptor;
  return token;
}

Token Lexer::read_operator() {
  Token token;
  token.kind = Token::Kind::kOperator;
  for (const std::string_view known : {"&&", "||", ">>", ">&", ";", "&", "|", "<", ">", "(", ")"}) {
    if (!text_.substr(at_).starts_with(known)) continue;
    token.text = known;
    at_ += known.size();
    return token;
  }
  ++at_;
  token.text = ";";  // a line's end
  return token;
}

void Lexer::add(Word& word, std::string_view text, bool is_quoted) {
  if (!word.empty() && !word.back().is_variable && word.back().is_quoted == is_quoted) {
    word.back().text += text;
  } else {
    word.push_back({std::string(text), false, is_quoted});
  }
}

Token Lexer::read_word() {
  Token token;
  token.kind = Token::Kind::kWord;
  constexpr std::string_view kEnds = " \t\r\n;&|<>()";
  while (!at_end() && kEnds.find(peek()) == std::string_view::npos) {
    const char c = peek();
    if (c == '\'') {
      const size_t end = text_.find('\'', at_ + 1);
      if (end == std::string_view::npos) {
        error_ = "syntax error: unterminated quoted string";
        at_ = text_.size();
        break;
      }
      add(token.word, text_.substr(at_ + 1, end - at_ - 1), true);
      at_ = end + 1;
    } else if (c == '"') {
      ++at_;
      read_quoted(token.word);
    } else if (c == '$') {
      read_variable(token.word, false);
    } else if (c == '\\') {
      add(token.word, text_.substr(at_ + 1, 1), true);
      at_ = std::min(text_.size(), at_ + 2);
    } else {
      add(token.word, text_.substr(at_++, 1), false);
    }
  }
  if (token.word.size() == 1 && !token.word[0].is_variable && !token.word[0].is_quoted) {
    token.text = token.word[0].text;
  }
  return token;
}

// Behind the first quotation mark.
void Lexer::read_quoted(Word& word) {
  add(word, "", true);
  while (!at_end() && peek() != '"') {
    if (peek() == '$') {
      read_variable(word, true);
      continue;
    }
    constexpr std::string_view kEscaped = "\"\\$`";
    const bool escapes = peek() == '\\' && kEscaped.find(peek(1)) != std::string_view::npos;
    if (escapes) ++at_;
    add(word, text_.substr(at_, 1), true);
    if (!at_end()) ++at_;
  }
  if (at_end()) {
    error_ = "syntax error: unterminated quoted string";
  } else {
    ++at_;
  }
}

void Lexer::read_variable(Word& word, bool is_quoted) {
  ++at_;
  if (peek() == '(') {
    error_ = "syntax error: $( is not supported";
    at_ = text_.size();
    return;
  }
  std::string name;
  if (peek() == '{') {
    const size_t end = text_.find('}', at_);
    if (end == std::string_view::npos) {
      error_ = "syntax error: missing '}'";
      at_ = text_.size();
      return;
    }
    name = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_char)) {
      error_ = "syntax error: bad substitution";
    }
  } else if (constexpr std::string_view kSpecial = "?$#@*!";
             is_digit(peek()) ||
             (peek() != '\0' && kSpecial.find(peek()) != std::string_view::npos)) {
    name = text_[at_++];
  } else {
    while (!at_end() && is_name_char(peek())) name += text_[at_++];
  }
  if (name.empty()) return add(word, "$", is_quoted);
  word.push_back({std::move(name), true, is_quoted});
}

// Recursive descent over the tokens.
class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { advance(); }

  void read(Script& script) {
    script.steps = read_list({});
    if (error_.empty() && token_.kind != Token::Kind::kEnd) unexpected();
    script.error = lexer_.error().empty() ? error_ : lexer_.error();
    if (!script.error.empty()) script.steps.clear();
  }

 private:
  /// As deep as lists may lie in each other.
  static constexpr int kDepthMax = 64;

  void advance() { token_ = lexer_.next(); }
  [[nodiscard]] bool is_operator(std::string_view text) const {
    return token_.kind == Token::Kind::kOperator && token_.text == text;
  }
  [[nodiscard]] bool is_word(std::string_view text) const {
    return token_.kind == Token::Kind::kWord && token_.text == text;
  }
  void unexpected() {
    if (!error_.empty()) return;
    if (token_.kind == Token::Kind::kEnd) {
      error_ = "syntax error: unexpected end of file";
    } else {
      error_ = "syntax error: unexpected ";
      error_ += token_.kind == Token::Kind::kWord ? "word" : "\"" + token_.text + "\"";
      if (token_.kind == Token::Kind::kWord && !token_.text.empty()) {
        error_ = "syntax error: unexpected \"" + token_.text + "\"";
      }
    }
  }
  void expect(std::string_view word) {
    if (!is_word(word)) return unexpected();
    advance();
  }
  void skip_separators() {
    while (is_operator(";")) advance();
  }
  List read_list(std::initializer_list<std::string_view> ends);
  Step read_step();
  void read_if(Step& step);
  void read_redirection(Step& step);
  void read_command(Step& step);

  Lexer lexer_;
  Token token_;
  std::string error_;
  int depth_ = 0;
};

List Parser::read_list(std::initializer_list<std::string_view> ends) {
  List out;
  if (++depth_ > kDepthMax) error_ = "syntax error: nested too deeply";
  Step::Joint joint = Step::Joint::kAlways;
  skip_separators();
  while (error_.empty() && token_.kind != Token::Kind::kEnd) {
    const bool ends_here =
        std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return is_word(end); });
    if (ends_here) break;
    Step step = read_step();
    step.joint = joint;
    out.push_back(std::move(step));
    if (!error_.empty() || token_.kind == Token::Kind::kEnd) break;
    if (is_operator("&&") || is_operator("||")) {
      joint = is_operator("&&") ? Step::Joint::kAnd : Step::Joint::kOr;
      advance();
      skip_separators();
      if (token_.kind == Token::Kind::kEnd) unexpected();
      continue;
    }
    joint = Step::Joint::kAlways;
    if (!is_operator(";")) {
      if (token_.kind == Token::Kind::kOperator) unexpected();
      if (token_.kind == Token::Kind::kWord) unexpected();
      break;
    }
    skip_separators();
  }
  --depth_;
  return out;
}

Step Parser::read_step() {
  Step step;
  while (is_word("!")) {
    step.is_negated = !step.is_negated;
    advance();
  }
  if (is_word("while") || is_word("until")) {
    step.kind = is_word("while") ? Step::Kind::kWhile : Step::Kind::kUntil;
    advance();
    step.condition = read_list({"do"});
    expect("do");
    step.body = read_list({"done"});
    expect("done");
  } else if (is_word("if")) {
    read_if(step);
    expect("fi");
  } else if (is_word("{")) {
    step.kind = Step::Kind::kGroup;
    advance();
    step.body = read_list({"}"});
    expect("}");
  } else {
    read_command(step);
    return step;
  }
  while (error_.empty() &&
         (is_operator(">") || is_operator(">>") || is_operator("<") || is_operator(">&"))) {
    read_redirection(step);
  }
  return step;
}

// `if` or `elif`, and what follows, without `fi`.
void Parser::read_if(Step& step) {
  step.kind = Step::Kind::kIf;
  advance();
  step.condition = read_list({"then"});
  expect("then");
  step.body = read_list({"elif", "else", "fi"});
  if (is_word("elif")) {
    Step inner;
    if (++depth_ > kDepthMax) return unexpected();
    read_if(inner);
    --depth_;
    step.otherwise.push_back(std::move(inner));
  } else if (is_word("else")) {
    advance();
    step.otherwise = read_list({"fi"});
  }
}

void Parser::read_redirection(Step& step) {
  Redirection out;
  out.kind = token_.text == ">>"   ? Redirection::Kind::kAppend
             : token_.text == "<"  ? Redirection::Kind::kRead
             : token_.text == ">&" ? Redirection::Kind::kCopy
                                   : Redirection::Kind::kWrite;
  out.descriptor = token_.descriptor >= 0                 ? token_.descriptor
                   : out.kind == Redirection::Kind::kRead ? 0
                                                          : 1;
  advance();
  if (token_.kind != Token::Kind::kWord) return unexpected();
  out.target = std::move(token_.word);
  step.redirections.push_back(std::move(out));
  advance();
}

void Parser::read_command(Step& step) {
  constexpr std::string_view kReserved[] = {"do", "done", "then", "elif", "else", "fi", "}"};
  if (std::find(std::begin(kReserved), std::end(kReserved), token_.text) != std::end(kReserved) &&
      token_.kind == Token::Kind::kWord) {
    return unexpected();
  }
  while (error_.empty()) {
    if (token_.kind == Token::Kind::kWord) {
      step.words.push_back(std::move(token_.word));
      advance();
    } else if (is_operator(">") || is_operator(">>") || is_operator("<") || is_operator(">&")) {
      read_redirection(step);
    } else {
      break;
    }
  }
  if (step.words.empty() && step.redirections.empty()) unexpected();
}

}  // namespace

bool is_variable_name(std::string_view text) {
  return !text.empty() && !is_digit(text[0]) && std::all_of(text.begin(), text.end(), is_name_char);
}

engine::Ref<Script> read_script(std::string_view text) {
  engine::Ref<Script> script(new Script);
  Parser(text).read(*script);
  return script;
}

}  // namespace sim::shell
