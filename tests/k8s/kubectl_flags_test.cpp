// tests/k8s/kubectl_flags_test.cpp: command lines, right and wrong.

#include <catch_amalgamated.hpp>

#include "sim/k8s/kubectl/flags.h"
#include "sim/k8s/kubectl/sorting.h"
#include "tests/k8s/kubectl_support.h"

namespace {

using namespace engine;
using namespace sim::k8s::kubectl;
using support::kubectl;

constexpr Flag kSome[] = {
    {"namespace", 'n'},
    {"watch", 'w', FlagType::kBool, "false", "true"},
    {"all", 'A', FlagType::kBool, "false", "true"},
    {"replicas", 0, FlagType::kInt, "1"},
    {"columns", 'L', FlagType::kStrings},
    {"since", 0, FlagType::kDuration, "0s"},
    {"dry-run", 0, FlagType::kString, "none", "client"},
};

Flags::Parsed parse(std::string_view line) {
  const std::span<const Flag> tables[] = {kSome};
  return Flags::parse(tables, support::shell_words(line));
}

}  // namespace

TEST_CASE("A flag's value stands behind =, in the next word, or at its letter") {
  for (const std::string_view line :
       {"get -n x", "get -nx", "get -n=x", "get --namespace x", "get --namespace=x"}) {
    const Flags::Parsed parsed = parse(line);
    INFO(line);
    CHECK(parsed.error.empty());
    CHECK(parsed.flags.text("namespace") == "x");
    CHECK(parsed.arguments == std::vector<std::string>{"get"});
  }
}

TEST_CASE("Letters without values may stand together, the last one may have a value") {
  const Flags::Parsed parsed = parse("-wAn x y");
  CHECK(parsed.flags.truth("watch"));
  CHECK(parsed.flags.truth("all"));
  CHECK(parsed.flags.text("namespace") == "x");
  CHECK(parsed.arguments == std::vector<std::string>{"y"});
}

TEST_CASE("Two dashes end the flags, and how many arguments came before is known") {
  const Flags::Parsed parsed = parse("a b -- -w --all");
  CHECK(parsed.before_dashes == 2);
  CHECK(parsed.arguments == std::vector<std::string>{"a", "b", "-w", "--all"});
  CHECK_FALSE(parsed.flags.truth("watch"));
}

TEST_CASE("A flag with a value of its own takes none from the next word") {
  const Flags::Parsed parsed = parse("--dry-run server --watch=false -L a,b -L c");
  CHECK(parsed.flags.text("dry-run") == "client");
  CHECK_FALSE(parsed.flags.truth("watch"));
  CHECK(parsed.arguments == std::vector<std::string>{"server"});
  CHECK(parsed.flags.list("columns") == std::vector<std::string>{"a", "b", "c"});
  CHECK(parsed.flags.number("replicas") == 1);
}

TEST_CASE("Wrong flags are refused in pflag's words") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"--foo", "unknown flag: --foo"},
      {"--foo=1", "unknown flag: --foo"},
      {"-x", "unknown shorthand flag: 'x' in -x"},
      {"-wx", "unknown shorthand flag: 'x' in -x"},
      {"-n", "flag needs an argument: 'n' in -n"},
      {"--namespace", "flag needs an argument: --namespace"},
      {"--replicas=x",
       "invalid argument \"x\" for \"--replicas\" flag: "
       "strconv.ParseInt: parsing \"x\": invalid syntax"},
      {"-A=maybe",
       "invalid argument \"maybe\" for \"-A, --all\" flag: "
       "strconv.ParseBool: parsing \"maybe\": invalid syntax"},
      {"--since=5", R"(invalid argument "5" for "--since" flag: time: invalid duration "5")"},
      {"--=x", "bad flag syntax: --=x"},
  };
  for (const auto& [line, error] : cases) CHECK(parse(line).error == error);
}

TEST_CASE("Text is sorted in natural order") {
  CHECK(natural_less("a2", "a10"));
  CHECK_FALSE(natural_less("a10", "a2"));
  CHECK(natural_less("a", "a1"));
  CHECK(natural_less("a1b", "a1c"));
  CHECK_FALSE(natural_less("a1", "a1"));
}

namespace {

Task<> mistakes() {
  co_await sleep_for(kSecond);
  co_await kubectl("get pods --foo");
  co_await kubectl("gte pods");
  co_await kubectl("rolout");
  co_await kubectl("rollout foo");
  co_await kubectl("create foo");
  co_await kubectl("scale deploy x");
  co_await kubectl("delete");
  co_await kubectl("get pod/x svc");
  co_await kubectl("get a/b/c");
  co_await kubectl("get foo");
  co_await kubectl("get pods,svc x");
  co_await kubectl("-n kube-system get pods");
}

}  // namespace

TEST_CASE("Mistakes in a command line are answered as kubectl answers them") {
  CHECK(support::with_api_server(mistakes) == support::unfolded(R"($ get pods --foo
error: unknown flag: --foo
See 'kubectl get --help' for usage.
[1]
$ gte pods
error: unknown command "gte" for "kubectl"

Did you mean this?
	get
[1]
$ rolout
error: unknown command "rolout" for "kubectl"

Did you mean this?
	rollout
[1]
$ rollout foo
error: unknown command "foo"
See 'kubectl rollout -h' for help and examples
[1]
$ create foo
error: Unexpected args: [foo]
See 'kubectl create -h' for help and examples
[1]
$ scale deploy x
error: required flag(s) "replicas" not set
[1]
$ delete
error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'
[1]
$ get pod/x svc
error: there is no need to specify a resource type as a separate argument when passing \
arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of \
'kubectl get resource resource/<resource_name>'
[1]
$ get a/b/c
error: arguments in resource/name form may not have more than one slash
[1]
$ get foo
error: the server doesn't have a resource type "foo"
[1]
$ get pods,svc x
Error from server (NotFound): pods "x" not found
Error from server (NotFound): services "x" not found
[1]
$ -n kube-system get pods
No resources found in kube-system namespace.
)"));
}
