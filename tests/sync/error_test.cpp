#include "engine/sync/error.h"

#include <catch_amalgamated.hpp>
#include <vector>

#include "engine/sync/chan.h"
#include "tests/support/schedules.h"

using namespace engine;
using support::check_everywhere;

// Each case cites the rule of Go's package errors, fmt or the specification that it tests.

namespace {

constexpr Sentinel kEof("EOF");
constexpr Sentinel kOtherEof("EOF");

// Without ==, as a pointer in Go.
struct PathError {
  std::string path;
  Error err;
  [[nodiscard]] std::string message() const { return "open " + path + ": " + err.message(); }
  [[nodiscard]] Error unwrap() const { return err; }
};

// With ==, as a comparable struct in Go.
struct Code {
  int64_t code = 0;
  [[nodiscard]] std::string message() const { return "code " + std::to_string(code); }
  bool operator==(const Code&) const = default;
};

struct OtherCode {
  int64_t code = 0;
  [[nodiscard]] std::string message() const { return "other"; }
  bool operator==(const OtherCode&) const = default;
};

struct Timeout {
  [[nodiscard]] std::string message() const { return "timeout"; }
  [[nodiscard]] bool is(const Error& target) const { return target == kEof; }
};

Task<Error> nothing_wrong() {
  co_return nullptr;
}
Task<Error> sentinel() {
  co_return kEof;
}
Task<Error> made(std::string name) {
  co_return errorf("load ", name, ": ", kEof);
}

Task<> through_tasks() {
  const Error nothing = co_await nothing_wrong();
  const Error constant = co_await sentinel();
  std::string name = "a file whose name does not fit into a small string";
  const Error loaded = co_await made(name);
  println(!nothing, nothing, constant == kEof, constant);
  println(errors_is(loaded, kEof), loaded);
}

Task<> through_channels() {
  Chan<Error> errors(2);
  co_await errors.send(errorf("wrapped: ", kEof));
  co_await errors.send(nullptr);
  const auto first = co_await errors.recv();
  const auto second = co_await errors.recv();
  println(*first, errors_is(*first, kEof), *second);
}

}  // namespace

TEST_CASE("errors: the zero value is nil, and nil is no error") {
  const Error none;
  CHECK(!none);
  CHECK(none == nullptr);
  CHECK(none.message() == "<nil>");
  const Error some = kEof;
  CHECK(some);
  CHECK(some != nullptr);
}

TEST_CASE("errors: sentinels are equal if they are the same one, whatever their text") {
  const Error eof = kEof;
  const Error copy = eof;
  CHECK(copy == kEof);
  CHECK(kEof == eof);
  CHECK(eof != kOtherEof);
  CHECK(eof.message() == "EOF");
}

TEST_CASE("errors.New: each call makes a different error, even if the text is the same") {
  const Error one = errors_new("x");
  const Error two = errors_new("x");
  const Error copy = one;
  CHECK(one != two);
  CHECK(one == copy);
  CHECK(one.message() == two.message());
}

TEST_CASE("fmt.Errorf: %w wraps, and errors.Is and errors.Unwrap look inside") {
  const Error inner = errors_new("x");
  const Error outer = errorf("a", 7, ": ", inner);
  const Error outermost = errorf("b: ", outer);
  CHECK(outermost.message() == "b: a7: x");
  CHECK(errors_unwrap(outer) == inner);
  CHECK(errors_unwrap(outermost) == outer);
  CHECK(errors_unwrap(inner) == nullptr);
  CHECK(errors_is(outermost, inner));
  CHECK(errors_is(outermost, outermost));
  CHECK(!errors_is(outermost, errors_new("x")));
  CHECK(!errors_is(inner, outer));
}

TEST_CASE("fmt.Errorf: without %w nothing is wrapped") {
  const Error inner = errors_new("x");
  const Error outer = errorf("a: ", inner.message());
  CHECK(outer.message() == "a: x");
  CHECK(!errors_is(outer, inner));
  CHECK(errors_unwrap(outer) == nullptr);
}

TEST_CASE("fmt.Errorf: several %w wrap several errors, and errors.Unwrap gives none of them") {
  const Error one = errors_new("x");
  const Error two = errorf("a: ", kEof);
  const Error both = errorf(one, " and ", two);
  CHECK(both.message() == "x and a: EOF");
  CHECK(errors_is(both, one));
  CHECK(errors_is(both, kEof));
  CHECK(errors_unwrap(both) == nullptr);
}

TEST_CASE("fmt.Errorf: %w of nil shows the mistake and wraps nothing") {
  const Error none;
  const Error odd = errorf("a: ", none);
  CHECK(odd.message() == "a: %!w(<nil>)");
  CHECK(errors_unwrap(odd) == nullptr);
}

TEST_CASE("errors.Is: nil is only nil") {
  const Error none;
  CHECK(errors_is(none, none));
  CHECK(!errors_is(none, kEof));
  CHECK(!errors_is(kEof, none));
  CHECK(!errors_is(errorf("a: ", kEof), none));
}

TEST_CASE("errors.Join: drops nils, one line each, is each of its parts") {
  const Error one = errors_new("x");
  const Error two = errorf("a: ", kEof);
  const Error joined = errors_join(nullptr, two, Error(), one);
  CHECK(joined.message() == "a: EOF\nx");
  CHECK(errors_is(joined, one));
  CHECK(errors_is(joined, kEof));
  CHECK(errors_unwrap(joined) == nullptr);
  CHECK(errors_unwrap(errors_join(one)) == nullptr);
  CHECK(errors_join(nullptr, Error()) == nullptr);
  CHECK(errors_join(std::span<const Error>()) == nullptr);
  const std::vector<Error> many(3, one);
  CHECK(errors_join(many).message() == "x\nx\nx");
}

TEST_CASE("Comparison operators: errors of a comparable type are equal by value") {
  CHECK(make_error(Code{5}) == make_error(Code{5}));
  CHECK(make_error(Code{5}) != make_error(Code{6}));
  CHECK(make_error(Code{5}) != make_error(OtherCode{5}));
  CHECK(make_error(Code{5}) != errors_new("code 5"));
  CHECK(errors_is(errorf("a: ", make_error(Code{5})), make_error(Code{5})));
}

TEST_CASE("Comparison operators: errors that are pointers equal only themselves") {
  const Error one = make_error(PathError{"f", kEof});
  const Error copy = one;
  CHECK(one == copy);
  CHECK(one != make_error(PathError{"f", kEof}));
}

TEST_CASE("errors.As: finds the first error of the type, through all that wraps it") {
  const Error path = make_error(PathError{"f", kEof});
  const Error outer = errors_join(errors_new("x"), errorf("b: ", path));
  CHECK(path.message() == "open f: EOF");
  CHECK(errors_is(outer, kEof));
  CHECK(errors_unwrap(path) == kEof);
  const auto* found = errors_as<PathError>(outer);
  REQUIRE(found != nullptr);
  CHECK(found->path == "f");
  CHECK(errors_as<Code>(outer) == nullptr);
  CHECK(errors_as<Code>(kEof) == nullptr);
  CHECK(errors_as<Code>(nullptr) == nullptr);
  const Error code = errorf(make_error(Code{1}), make_error(Code{2}));
  CHECK(errors_as<Code>(code)->code == 1);
}

TEST_CASE("errors.Is: an error may say itself what it is") {
  CHECK(errors_is(errorf("a: ", make_error(Timeout{})), kEof));
  CHECK(!errors_is(make_error(Timeout{}), kOtherEof));
}

TEST_CASE("errors travel through tasks and are freed with their last handle") {
  check_everywhere(through_tasks,
                   "true <nil> true EOF\n"
                   "true load a file whose name does not fit into a small string: EOF\n");
}

TEST_CASE("errors travel through channels") {
  check_everywhere(through_channels, "wrapped: EOF true <nil>\n");
}
