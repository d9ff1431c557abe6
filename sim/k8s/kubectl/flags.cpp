#include "sim/k8s/kubectl/flags.h"

#include <charconv>
#include <optional>

#include "sim/json/print.h"
#include "sim/k8s/api/time.h"

namespace sim::k8s::kubectl {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  json::append_quoted(out, text, false);
  return out;
}

void split_at_commas(std::string_view text, std::vector<std::string>& into) {
  while (true) {
    const size_t comma = text.find(',');
    into.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return;
    text.remove_prefix(comma + 1);
  }
}

// Source: strconv.ParseBool.
std::optional<bool> parse_truth(std::string_view text) {
  for (const std::string_view word : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == word) return false;
  }
  return {};
}

}  // namespace

bool parse_number(std::string_view text, int64_t& number) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  const char* const end = text.data() + text.size();
  const std::from_chars_result read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end && !text.empty();
}

const Flag* Flags::find(std::string_view name) const {
  for (const std::span<const Flag>& table : tables_) {
    for (const Flag& flag : table) {
      if (flag.name == name) return &flag;
    }
  }
  return nullptr;
}

const Flag* Flags::find(char letter) const {
  for (const std::span<const Flag>& table : tables_) {
    for (const Flag& flag : table) {
      if (flag.letter == letter) return &flag;
    }
  }
  return nullptr;
}

std::string Flags::set(const Flag& flag, std::string_view value) {
  std::string wrong;
  std::string stored(value);
  int64_t number = 0;
  switch (flag.type) {
    case FlagType::kBool: {
      const std::optional<bool> truth = parse_truth(value);
      if (!truth) wrong = "strconv.ParseBool: parsing " + quoted(value) + ": invalid syntax";
      if (truth) stored = *truth ? "true" : "false";
      break;
    }
    case FlagType::kInt:
      if (!parse_number(value, number)) {
        wrong = "strconv.ParseInt: parsing " + quoted(value) + ": invalid syntax";
      }
      break;
    case FlagType::kDuration:
      if (!parse_duration(value)) wrong = "time: invalid duration " + quoted(value);
      break;
    case FlagType::kString:
    case FlagType::kStrings:
    case FlagType::kArray:
      break;
  }
  if (!wrong.empty()) {
    std::string shown = "--" + std::string(flag.name);
    if (flag.letter != 0) shown = std::string("-") + flag.letter + ", " + shown;
    return "invalid argument " + quoted(value) + " for " + quoted(shown) + " flag: " + wrong;
  }
  std::vector<std::string>& values = values_[std::string(flag.name)];
  if (flag.type == FlagType::kStrings) {
    split_at_commas(value, values);
  } else if (flag.type == FlagType::kArray) {
    values.push_back(std::move(stored));
  } else {
    values = {std::move(stored)};
  }
  return {};
}

Flags::Parsed Flags::parse(std::span<const FlagTable> tables, std::span<const std::string> words) {
  Parsed out;
  Flags& flags = out.flags;
  flags.tables_.assign(tables.begin(), tables.end());
  for (size_t at = 0; at < words.size(); ++at) {
    const std::string_view word = words[at];
    if (word == "--") {
      out.before_dashes = static_cast<int64_t>(out.arguments.size());
      out.arguments.insert(out.arguments.end(), words.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                           words.end());
      break;
    }
    if (word.size() < 2 || word[0] != '-') {
      out.arguments.emplace_back(word);
      continue;
    }
    if (word[1] == '-') {
      const size_t equals = word.find('=');
      const std::string_view name = word.substr(2, equals == word.npos ? equals : equals - 2);
      if (name.empty() || name[0] == '-') {
        out.error = "bad flag syntax: " + std::string(word);
        return out;
      }
      const Flag* const flag = flags.find(name);
      if (flag == nullptr) {
        out.wants_help = name == "help";
        if (!out.wants_help) out.error = "unknown flag: --" + std::string(name);
        return out;
      }
      std::string_view value = flag->bare;
      if (equals != std::string_view::npos) {
        value = word.substr(equals + 1);
      } else if (flag->bare.empty()) {
        if (at + 1 == words.size()) {
          out.error = "flag needs an argument: " + std::string(word);
          return out;
        }
        value = words[++at];
      }
      out.error = flags.set(*flag, value);
      if (!out.error.empty()) return out;
      continue;
    }
    for (size_t i = 1; i < word.size(); ++i) {
      const Flag* const flag = flags.find(word[i]);
      const std::string_view rest = word.substr(i);
      if (flag == nullptr) {
        out.wants_help = word[i] == 'h';
        if (!out.wants_help) {
          out.error =
              std::string("unknown shorthand flag: '") + word[i] + "' in -" + std::string(rest);
        }
        return out;
      }
      std::string_view value;
      bool takes_rest = true;
      if (rest.size() > 2 && rest[1] == '=') {
        value = rest.substr(2);
      } else if (!flag->bare.empty()) {
        value = flag->bare;
        takes_rest = false;
      } else if (rest.size() > 1) {
        value = rest.substr(1);
      } else if (at + 1 < words.size()) {
        value = words[++at];
      } else {
        out.error =
            std::string("flag needs an argument: '") + word[i] + "' in -" + std::string(rest);
        return out;
      }
      out.error = flags.set(*flag, value);
      if (!out.error.empty()) return out;
      if (takes_rest) break;
    }
  }
  return out;
}

std::string Flags::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second.empty() ? std::string() : found->second.back();
  const Flag* const flag = find(name);
  return flag == nullptr ? std::string() : std::string(flag->otherwise);
}

int64_t Flags::number(std::string_view name) const {
  int64_t number = 0;
  return parse_number(text(name), number) ? number : 0;
}

engine::Duration Flags::length(std::string_view name) const {
  return parse_duration(text(name)).value_or(engine::Duration{});
}

std::vector<std::string> Flags::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

}  // namespace sim::k8s::kubectl
