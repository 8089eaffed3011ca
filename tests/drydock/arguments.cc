#include "arguments.h"

#include <charconv>

namespace kedge::drydock {

Arguments& Arguments::Text(const std::string& name, std::string& into) {
  return Value(name, [&into](const std::string& value) -> Result<void> {
    into = value;
    return {};
  });
}

Arguments& Arguments::Texts(const std::string& name, std::vector<std::string>& into) {
  return Value(name, [&into](const std::string& value) -> Result<void> {
    into.push_back(value);
    return {};
  });
}

Arguments& Arguments::Number(const std::string& name, int64_t least, int64_t most, int64_t& into) {
  return Value(name, [this, name, least, most, &into](const std::string& value) -> Result<void> {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), into);
    if (error == std::errc() && end == value.data() + value.size() && into >= least && into <= most)
      return {};
    return Wrong(name + " needs a number from " + std::to_string(least) + " to " + std::to_string(most) +
                 ", not '" + value + "'");
  });
}

Arguments& Arguments::Address(const std::string& name, std::string& host, int& port) {
  return Value(name, [this, name, &host, &port](const std::string& text) -> Result<void> {
    const auto colon = text.rfind(':');
    const std::string number = colon == std::string::npos ? text : text.substr(colon + 1);
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), port);
    if (error != std::errc() || stop != number.data() + number.size() || port < 1 || port > 65535) {
      return Wrong(name + " needs PORT or HOST:PORT, not '" + text + "'");
    }
    if (colon != std::string::npos && colon > 0) host = text.substr(0, colon);
    return {};
  });
}

Arguments& Arguments::Flag(const std::string& name, bool& into) {
  flags_[name] = &into;
  return *this;
}

Arguments& Arguments::Value(const std::string& name, Take take) {
  values_[name] = std::move(take);
  return *this;
}

Arguments& Arguments::Words(std::vector<std::string>& into) {
  words_ = &into;
  return *this;
}

Result<void> Arguments::Read(const std::vector<std::string>& words) const {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (const auto flag = flags_.find(word); flag != flags_.end()) {
      *flag->second = true;
    } else if (const auto value = values_.find(word); value != values_.end()) {
      if (++i == words.size()) return Wrong(word + " needs a value");
      if (const auto taken = value->second(words[i]); !taken) return taken;
    } else if (words_ != nullptr && !word.starts_with("-")) {
      words_->push_back(word);
    } else {
      return Wrong("'" + word + "' is not an option");
    }
  }
  return {};
}

Unexpected Arguments::Wrong(const std::string& message) const {
  return {ErrorKind::kInvalid, message + " (" + help_ + " shows how)"};
}

}  // namespace kedge::drydock
