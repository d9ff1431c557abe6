#include "sim/scenario/run_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/scenario/gallery.h"

namespace sim::scenario {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "orrery-run";
constexpr size_t kMaxBytes = size_t{16} << 20;
constexpr size_t kMaxEntries = 1'000'000;

// Reads fields of one object and remembers the first thing that was wrong.
class Reader {
 public:
  Reader(const Json& object, std::string path, std::string& error)
      : object_(object), path_(std::move(path)), error_(error) {
    if (!object.is_object()) fail("", "an object");
  }

  std::string text(const char* key) {
    const Json* value = find(key);
    if (value != nullptr && value->is_string()) return value->get<std::string>();
    fail(key, "a text");
    return {};
  }
  uint64_t number(const char* key, uint64_t max = UINT64_MAX) {
    const Json* value = find(key);
    if (value != nullptr && value->is_number_unsigned() && value->get<uint64_t>() <= max) {
      return value->get<uint64_t>();
    }
    fail(key, fmt::format("a whole number from 0 to {}", max));
    return 0;
  }
  engine::Instant instant(const char* key) {
    return engine::Instant{static_cast<int64_t>(number(key, INT64_MAX))};
  }
  const Json* find(const char* key) const {
    if (!object_.is_object()) return nullptr;
    const auto at = object_.find(key);
    return at == object_.end() ? nullptr : &*at;
  }
  const Json* list(const char* key) {
    const Json* value = find(key);
    if (value != nullptr && value->is_array() && value->size() <= kMaxEntries) return value;
    fail(key, fmt::format("a list of at most {} entries", kMaxEntries));
    return nullptr;
  }
  void fail(std::string_view key, std::string_view expected) {
    if (error_.empty()) error_ = fmt::format("{}/{}: expected {}", path_, key, expected);
  }

 private:
  const Json& object_;
  std::string path_;
  std::string& error_;
};

// Reads only to learn where text stops being JSON: Json::parse() without exceptions does not say.
struct MistakeFinder : nlohmann::json_sax<Json> {
  size_t offset = 0;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(size_t position, const std::string&, const Json::exception&) override {
    offset = position;
    return false;
  }
};

// The number, from 1, of the byte at which `text` stops being JSON.
size_t first_mistake(std::string_view text) {
  MistakeFinder finder;
  Json::sax_parse(text, &finder);
  return finder.offset;
}

template <class Visit>
void each(Reader& reader, const char* key, std::string& error, Visit visit) {
  const Json* list = reader.list(key);
  if (list == nullptr) return;
  for (size_t i = 0; i < list->size() && error.empty(); ++i) {
    Reader entry((*list)[i], fmt::format("/{}/{}", key, i), error);
    visit(entry);
  }
}

void read_knobs(Reader& reader, Scenario& scenario, std::string& error) {
  const Json* knobs = reader.find("knobs");
  if (knobs == nullptr || !knobs->is_object()) {
    reader.fail("knobs", "an object of names and texts");
    return;
  }
  for (const auto& [name, value] : knobs->items()) {
    if (!error.empty()) return;
    if (!value.is_string()) {
      reader.fail("knobs/" + name, "a text");
      return;
    }
    const auto problem = set_knob(scenario, name + "=" + value.get<std::string>());
    if (problem) error = "/knobs: " + *problem;
  }
}

}  // namespace

std::string write_run_file(const RunFile& file) {
  const RunSpec& spec = file.spec;
  Json out;
  out["format"] = kFormat;
  out["version"] = kRunFileVersion;
  out["behaviour"] = file.behaviour;
  out["scenario"] = {{"file", spec.scenario.file},
                     {"identity", fmt::format("{:016x}", spec.scenario.identity)},
                     {"text", file.scenario_text}};
  out["knobs"] = Json::object();
  for (const Knob& knob : spec.scenario.knobs) out["knobs"][knob.name] = knob_text(knob.value);
  out["seed"] = spec.seed;
  out["policy"] = engine::policy_name(spec.policy);
  if (spec.until) out["until_ns"] = spec.until->ns;
  if (spec.max_steps != UINT64_MAX) out["max_steps"] = spec.max_steps;
  out["inputs"] = Json::array();
  for (const engine::Input& input : spec.inputs) {
    out["inputs"].push_back({{"step", input.step}, {"at_ns", input.at.ns}, {"text", input.text}});
  }
  out["choices"] = Json::array();
  for (const engine::ChoiceOverride& choice : spec.choices) {
    out["choices"].push_back({{"entity", choice.entity},
                              {"kind", choice.kind},
                              {"ordinal", choice.ordinal},
                              {"value", choice.value}});
  }
  out["summary"] = file.summary;
  out["reason"] = file.reason;
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<RunFile, std::string> read_run_file(std::string_view file_name, std::string_view text) {
  const auto failed = [&](std::string_view what) { return fmt::format("{}: {}", file_name, what); };
  if (text.size() > kMaxBytes) {
    return failed(fmt::format("longer than {} MiB", kMaxBytes >> 20));
  }
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    return failed(fmt::format("not JSON: the mistake is at byte {}", first_mistake(text)));
  }
  std::string error;
  Reader reader(json, "", error);
  if (reader.text("format") != kFormat) reader.fail("format", fmt::format("\"{}\"", kFormat));
  if (reader.number("version") != kRunFileVersion) {
    reader.fail("version", fmt::format("{}", kRunFileVersion));
  }
  RunFile file;
  file.behaviour = static_cast<int>(reader.number("behaviour", INT32_MAX));
  const Json* scenario = reader.find("scenario");
  const Json none;
  Reader scenario_reader(scenario == nullptr ? none : *scenario, "/scenario", error);
  const std::string name = scenario_reader.text("file");
  file.scenario_text = scenario_reader.text("text");
  if (!error.empty()) return failed(error);

  Parsed parsed = parse(name, file.scenario_text);
  if (!parsed) return failed("/scenario/text: " + format_problem(parsed.error().front()));
  RunSpec& spec = file.spec;
  spec.scenario = std::move(parsed.value());
  for (const GalleryEntry& entry : gallery()) {
    if (entry.file == name) spec.scenario.name = entry.name;
  }
  read_knobs(reader, spec.scenario, error);
  spec.seed = reader.number("seed");
  const auto policy = engine::policy_named(reader.text("policy"));
  if (!policy) reader.fail("policy", policy_names());
  spec.policy = policy.value_or(engine::Policy::kFifo);
  if (reader.find("until_ns") != nullptr) {
    spec.until = reader.instant("until_ns");
  }
  if (reader.find("max_steps") != nullptr) spec.max_steps = reader.number("max_steps");
  each(reader, "inputs", error, [&](Reader& entry) {
    engine::Input input;
    input.step = entry.number("step");
    const uint64_t before = spec.inputs.empty() ? 0 : spec.inputs.back().step;
    if (input.step <= before) entry.fail("step", fmt::format("a step after {}", before));
    input.at = entry.instant("at_ns");
    input.text = entry.text("text");
    std::string expected;
    if (error.empty() && !understands_input(input.text, expected)) {
      entry.fail("text", expected);
    }
    spec.inputs.push_back(std::move(input));
  });
  each(reader, "choices", error, [&](Reader& entry) {
    engine::ChoiceOverride choice;
    choice.entity = entry.number("entity");
    choice.kind = static_cast<uint32_t>(entry.number("kind", UINT32_MAX));
    choice.ordinal = entry.number("ordinal");
    choice.value = static_cast<uint32_t>(entry.number("value", UINT32_MAX));
    spec.choices.push_back(choice);
  });
  file.summary = reader.text("summary");
  file.reason = reader.text("reason");
  if (!error.empty()) return failed(error);
  return file;
}

}  // namespace sim::scenario
