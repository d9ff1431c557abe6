// tests/shell/syntax_test.cpp: how command lines of the shell are read.

#include "sim/shell/syntax.h"

#include <catch_amalgamated.hpp>

#include "tests/support/simulate.h"

namespace {

using namespace engine;
using sim::shell::List;
using sim::shell::Piece;
using sim::shell::read_script;
using sim::shell::Step;

std::string shown(const List& list);

std::string shown(const Step& step) {
  std::string out = step.joint == Step::Joint::kAnd  ? "&& "
                    : step.joint == Step::Joint::kOr ? "|| "
                                                     : "";
  if (step.is_negated) out += "! ";
  if (step.kind == Step::Kind::kWhile) {
    return out + "while{" + shown(step.condition) + "}{" + shown(step.body) + "}";
  }
  if (step.kind == Step::Kind::kIf) {
    return out + "if{" + shown(step.condition) + "}{" + shown(step.body) + "}{" +
           shown(step.otherwise) + "}";
  }
  for (const auto& word : step.words) {
    out += '<';
    for (const Piece& piece : word) {
      if (piece.is_quoted) out += '"';
      out += piece.is_variable ? "$" + piece.text : piece.text;
    }
    out += '>';
  }
  for (const auto& redirection : step.redirections) {
    append_operand(out, redirection.descriptor);
    out += ">:";
    out += redirection.target[0].text;
  }
  return out;
}

std::string shown(const List& list) {
  std::string out;
  for (const Step& step : list) {
    if (!out.empty()) out += ' ';
    out += shown(step);
  }
  return out;
}

Task<> read_lines() {
  for (const std::string_view line :
       {"echo a 'b  $c' \"d $e\"f", "a&&b||c;! d", "x=1 env>out 2>>err # why",
        "while true; do echo hi; sleep 1; done; echo no",
        "if [ -f /x ]; then a; elif b; then c; else d; fi", "echo \\\"q \"a\\$b\" $? ${NAME}x $",
        "a | b", "sleep 1 &", "while true; do", "echo 'open", "done", "echo $(date)", "a;\nb\n",
        "{ a; b; } > f", ""}) {
    const auto script = read_script(line);
    println(script->error.empty() ? shown(script->steps) : "! " + script->error);
  }
  co_return;
}

}  // namespace

TEST_CASE("A line of the shell is read into commands, quotes and redirections") {
  CHECK(support::simulate(read_lines).out ==
        "<echo><a><\"b  $c><\"d \"$ef>\n"
        "<a> && <b> || <c> ! <d>\n"
        "<x=1><env>1>:out2>:err\n"
        "while{<true>}{<echo><hi> <sleep><1>} <echo><no>\n"
        "if{<[><-f></x><]>}{<a>}{if{<b>}{<c>}{<d>}}\n"
        "<echo><\"\"q><\"a$b><$?><$NAMEx><$>\n"
        "! syntax error: unexpected \"|\"\n"
        "! syntax error: unexpected \"&\"\n"
        "! syntax error: unexpected end of file\n"
        "! syntax error: unterminated quoted string\n"
        "! syntax error: unexpected \"done\"\n"
        "! syntax error: $( is not supported\n"
        "<a> <b>\n"
        "1>:f\n"
        "\n");
}
