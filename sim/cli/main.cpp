// The command line's entry: picks the verb, and turns every mistake into one message and exit
// code 2.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "sim/cli/cli.h"
#include "sim/scenario/wording.h"

namespace sim::cli {
namespace {

struct VerbRow {
  std::string_view name;
  std::string_view about;
  Verb make;
};

constexpr VerbRow kVerbs[] = {
    {"list", "Name the scenarios that come with Orrery", list_verb},
    {"run", "Run a scenario and print what its programs print", run_verb},
    {"replay", "Run again what a run file recorded", replay_verb},
    {"serve", "Let real clients talk to a scenario, over loopback sockets", serve_verb},
    {"explore", "Run many schedules of a scenario, and keep the first that fails", explore_verb},
    {"verify", "Run scenarios under all conditions that must not matter", verify_verb},
    {"bench", "Measure the engine on this machine", bench_verb},
};

std::string overview() {
  std::string text =
      "Orrery: a deterministic playground for distributed systems.\n\nUsage: orrery VERB ...\n\n";
  for (const VerbRow& verb : kVerbs) text += fmt::format("  {:8} {}\n", verb.name, verb.about);
  text +=
      "  help     Say more about a verb: orrery help VERB\n\n"
      "The page: ./orrery play. The tests: ./orrery test.\n"
      "Exit codes: 0 all held; 1 an invariant failed; 2 bad input; 3 deadlock, panic or fatal\n"
      "error in the simulated programs; 4 a limit was reached.\n";
  return text;
}

const VerbRow& find_verb(std::string_view name) {
  for (const VerbRow& verb : kVerbs) {
    if (verb.name == name) return verb;
  }
  std::vector<std::string_view> names;
  for (const VerbRow& verb : kVerbs) names.push_back(verb.name);
  names.push_back("help");
  throw UsageError(fmt::format("there is no verb {}{}; there is {}", scenario::in_quotes(name),
                               scenario::did_you_mean(name, names),
                               scenario::listed(names, " and ")));
}

void setup(CLI::App& app, const VerbRow& verb) {
  app.name("orrery " + std::string(verb.name));
  app.description(std::string(verb.about) + ".");
  app.set_help_flag("--help", "Print this and exit");
}

// Stricter than CLI11: a flag takes no value, and an option's value is not empty.
void check_values(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& value : option->results()) {
      if (value.empty()) {
        throw UsageError(
            fmt::format("{}: expected a value, found an empty text", option->get_name()));
      }
    }
  }
}

// What to say of the first word that no option and no positional argument took.
std::string unexpected(const CLI::App& app) {
  const std::string word = app.remaining().front();
  if (!word.starts_with('-'))
    return fmt::format("expected no further {}", scenario::in_quotes(word));
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) names.push_back(option->get_name());
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return fmt::format("there is no option {}{}; the options are {}", scenario::in_quotes(word),
                     scenario::did_you_mean(word, views), scenario::listed(views, " and "));
}

int help(const std::vector<std::string>& args) {
  if (args.empty()) {
    print_out(overview());
    return kExitOk;
  }
  if (args.size() > 1) throw UsageError("help: expected at most one verb");
  const VerbRow& verb = find_verb(args[0]);
  CLI::App app;
  setup(app, verb);
  Options options(app);
  const auto unused = verb.make(options);
  print_out(app.help());
  return kExitOk;
}

int dispatch(std::vector<std::string> args) {
  if (args.empty() || args[0] == "--help" || args[0] == "-h") return help({});
  const std::string name = args[0];
  args.erase(args.begin());
  if (name == "help") return help(args);
  const VerbRow& verb = find_verb(name);
  CLI::App app;
  setup(app, verb);
  Options options(app);
  const std::function<int()> act = verb.make(options);
  for (CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() == 0) option->disable_flag_override();
  }
  std::reverse(args.begin(), args.end());  // the order that CLI11 takes a vector in
  try {
    app.parse(args);
    check_values(app);
  } catch (const CLI::CallForHelp&) {
    print_out(app.help());
    return kExitOk;
  } catch (const CLI::ExtrasError&) {
    throw UsageError(fmt::format("{}: {}", name, unexpected(app)));
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{}: {} (orrery help {} says more)", name, error.what(), name));
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", name, error.what()));
  }
  return act();
}

}  // namespace

void Options::flag(const std::string& name, bool& value, const std::string& about) {
  app_.add_flag(name, value, about);
}

void Options::value(const std::string& name, std::string& value, const std::string& about) {
  app_.add_option(name, value, about);
}

void Options::required(const std::string& name, std::string& value, const std::string& about) {
  app_.add_option(name, value, about)->required();
}

void Options::values(const std::string& name, std::vector<std::string>& values,
                     const std::string& about) {
  app_.add_option(name, values, about)->allow_extra_args(!name.starts_with('-'));
}

}  // namespace sim::cli

int main(int argc, char** argv) {
  try {
    return sim::cli::dispatch(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const sim::cli::UsageError& error) {
    sim::cli::print_error(fmt::format("orrery: {}\n", error.what()));
    return sim::cli::kExitUsage;
  }
}
