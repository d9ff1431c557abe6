#include "sim/container/docker/flags.h"

namespace sim::container::docker {

bool Flags::has(std::string_view name) const {
  const auto found = values.find(name);
  return found != values.end() && found->second.back() != "false";
}

std::string Flags::get(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::string() : found->second.back();
}

std::vector<std::string> Flags::all(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::vector<std::string>() : found->second;
}

Flags read_flags(const std::vector<std::string>& words, size_t first, std::span<const Flag> known,
                 bool stops_early) {
  Flags out;
  const auto find = [&](auto matches) -> const Flag* {
    for (const Flag& flag : known) {
      if (matches(flag)) return &flag;
    }
    return nullptr;
  };
  size_t at = first;
  for (; at < words.size() && out.error.empty(); ++at) {
    const std::string& word = words[at];
    if (word == "--") {
      ++at;
      break;
    }
    if (word.size() < 2 || word[0] != '-') {
      if (stops_early) break;
      out.rest.push_back(word);
      continue;
    }
    if (word[1] == '-') {
      const size_t equals = word.find('=');
      const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
      const Flag* const flag = find([&](const Flag& each) { return each.name == name; });
      if (flag == nullptr) {
        out.error = "unknown flag: --" + name;
      } else if (equals != std::string::npos) {
        out.values[name].push_back(word.substr(equals + 1));
      } else if (!flag->takes_value) {
        out.values[name].emplace_back("true");
      } else if (at + 1 == words.size()) {
        out.error = "flag needs an argument: --" + name;
      } else {
        out.values[name].push_back(words[++at]);
      }
      continue;
    }
    for (size_t i = 1; i < word.size(); ++i) {
      const Flag* const flag = find([&](const Flag& each) { return each.letter == word[i]; });
      if (flag == nullptr) {
        out.error = std::string("unknown shorthand flag: '") + word[i] + "' in " + word;
        break;
      }
      std::vector<std::string>& values = out.values[std::string(flag->name)];
      if (!flag->takes_value) {
        values.emplace_back("true");
        continue;
      }
      std::string value = word.substr(i + 1);
      if (value.starts_with('=')) value.erase(0, 1);
      if (value.empty() && at + 1 == words.size()) {
        out.error = std::string("flag needs an argument: '") + word[i] + "' in " + word;
      } else {
        values.push_back(value.empty() ? words[++at] : value);
      }
      break;
    }
  }
  for (; at < words.size(); ++at) out.rest.push_back(words[at]);
  return out;
}

}  // namespace sim::container::docker
