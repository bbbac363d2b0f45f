// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/completion_script.h"

#include <algorithm>
#include <set>

namespace ductape::cli {
namespace {

std::string joined(const std::vector<std::string>& words, const std::string& between = " ") {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

// In single quotes, as every shell here reads them.
std::string quoted(const std::string& text, const std::string& quote = "'\\''") {
  std::string out = "'";
  for (char c : text) c == '\'' ? out += quote : out += c;
  return out + "'";
}

std::string value_options(const std::vector<CompletionNode>& nodes) {
  std::set<std::string> names;
  for (const auto& node : nodes)
    for (const auto& flag : node.flags)
      if (flag.takes_value) names.insert(flag.names.begin(), flag.names.end());
  return joined({names.begin(), names.end()}, "|");
}

// The command that the words before the cursor name; a value of an option is no command. `words` is the shell's array,
// `first` and `last` its bounds.
std::string find_path(const std::vector<CompletionNode>& nodes, const std::string& words, const std::string& first,
                      const std::string& last) {
  std::vector<std::string> paths;
  for (std::size_t i = 1; i < nodes.size(); ++i) paths.push_back(quoted(nodes[i].path));
  return "  local path=" + nodes.front().path + " i\n  for ((i = " + first + "; i < " + last +
         "; i++)); do\n    case \"${" + words + "[i]}\" in\n      " + value_options(nodes) +
         ") ((i++)); continue;;\n    esac\n    case \"$path ${" + words + "[i]}\" in\n      " + joined(paths, "|") +
         ") path=\"$path ${" + words + "[i]}\";;\n    esac\n  done\n";
}

std::string all_names(const CompletionNode& node) {
  auto words = node.commands;
  words.insert(words.end(), node.words.begin(), node.words.end());
  for (const auto& flag : node.flags) words.insert(words.end(), flag.names.begin(), flag.names.end());
  return joined(words);
}

// What may follow an option that takes a value: `words(list)` and `files` are the shell's way to offer them.
template <class Words>
std::string after_option(const std::vector<CompletionNode>& nodes, const Words& words, const std::string& files) {
  std::string text;
  for (const auto& node : nodes)
    for (const auto& flag : node.flags) {
      if (!flag.takes_value) continue;
      std::vector<std::string> cases;
      for (const auto& name : flag.names) cases.push_back(quoted(node.path + " " + name));
      text += "    " + joined(cases, "|") + ") " +
              (flag.takes_file      ? files
               : flag.words.empty() ? std::string()
                                    : words(joined(flag.words))) +
              " return;;\n";
    }
  return text;
}

}  // namespace

std::string bash_completion(const std::vector<CompletionNode>& nodes) {
  const auto offer = [](const std::string& words) {
    return "COMPREPLY=($(compgen -W " + quoted(words) + " -- \"$word\"));";
  };
  std::string text =
      "# bash completion: source <(ductape completion bash)\n_ductape() {\n  COMPREPLY=()\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n";
  text += find_path(nodes, "COMP_WORDS", "1", "COMP_CWORD");
  text += "  case \"$path $before\" in\n";
  text += after_option(nodes, offer, "COMPREPLY=($(compgen -f -- \"$word\"));");
  text += "  esac\n  case \"$path\" in\n";
  for (const auto& node : nodes) text += "    " + quoted(node.path) + ") " + offer(all_names(node)) + ";\n";
  return text + "  esac\n}\ncomplete -o filenames -F _ductape ductape\n";
}

std::string zsh_completion(const std::vector<CompletionNode>& nodes) {
  const auto offer = [](const std::string& words) { return "compadd -- " + words + ";"; };
  std::string text =
      "#compdef ductape\n# zsh completion: source <(ductape completion zsh)\n_ductape() {\n"
      "  local before=\"${words[CURRENT-1]}\"\n";
  text += find_path(nodes, "words", "2", "CURRENT");
  text += "  case \"$path $before\" in\n";
  text += after_option(nodes, offer, "_files;");
  text += "  esac\n  case \"$path\" in\n";
  for (const auto& node : nodes) text += "    " + quoted(node.path) + ") " + offer(all_names(node)) + ";\n";
  // A file in zsh's fpath is the function's body when it is first called; one that is sourced only declares it.
  return text +
         "  esac\n}\nif [ \"$funcstack[1]\" = _ductape ]; then\n  _ductape \"$@\"\nelse\n  compdef _ductape "
         "ductape\nfi\n";
}

std::string fish_completion(const std::vector<CompletionNode>& nodes) {
  std::vector<std::string> paths;
  for (std::size_t i = 1; i < nodes.size(); ++i) paths.push_back(quoted(nodes[i].path));
  std::string options = value_options(nodes);
  std::replace(options.begin(), options.end(), '|', ' ');
  std::string text =
      "# fish completion: ductape completion fish | source\n"
      "function __ductape_at\n  set -l path " +
      nodes.front().path +
      "\n  set -l skip 0\n  for word in (commandline -opc)[2..-1]\n"
      "    if test $skip = 1\n      set skip 0\n      continue\n    end\n"
      "    if contains -- $word " +
      options +
      "\n      set skip 1\n      continue\n    end\n"
      "    if contains -- \"$path $word\" " +
      joined(paths) +
      "\n      set path \"$path $word\"\n    end\n  end\n  test \"$path\" = \"$argv[1]\"\nend\n"
      "complete -c ductape -f\n";
  const auto fish_quoted = [](const std::string& words) { return quoted(words, "\\'"); };
  for (const auto& node : nodes) {
    const auto rule = "complete -c ductape -n \"__ductape_at '" + node.path + "'\"";
    for (std::size_t i = 0; i < node.commands.size(); ++i)
      text += rule + " -a " + node.commands[i] + " -d " + fish_quoted(node.helps[i]) + "\n";
    if (!node.words.empty()) text += rule + " -a " + fish_quoted(joined(node.words)) + "\n";
    for (const auto& flag : node.flags) {
      text += rule;
      for (const auto& name : flag.names)
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (flag.takes_value) text += flag.takes_file ? " -r -F" : " -x";
      if (!flag.words.empty()) text += " -a " + fish_quoted(joined(flag.words));
      text += " -d " + fish_quoted(flag.help) + "\n";
    }
  }
  return text;
}

}  // namespace ductape::cli
