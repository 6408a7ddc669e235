extension Completion.Shell {
  /// What the shell has to read once; it asks `roost __complete` for everything else.
  var script: String {
    switch self {
    case .bash: Self.bashScript
    case .zsh: Self.zshScript
    case .fish: Self.fishScript
    }
  }

  private static let bashScript = #"""
    # bash completion of roost
    _roost() {
      local answer line wishes= cur=${COMP_WORDS[COMP_CWORD]}
      COMPREPLY=()
      [[ $cur == = || $cur == : ]] && cur=
      answer=$("${COMP_WORDS[0]}" __complete bash "${COMP_LINE:0:COMP_POINT}" 2>/dev/null) || return
      while IFS= read -r line; do
        if [[ $line == :* ]]; then wishes=${line#:}; else COMPREPLY+=("$line"); fi
      done <<<"$answer"
      if [[ $wishes == *goes-on* && ${#COMPREPLY[@]} -gt 0 ]]; then compopt -o nospace 2>/dev/null; fi
      if [[ $wishes == *files* ]]; then
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
      elif [[ $wishes == *directories* ]]; then
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
      fi
    }
    complete -F _roost roost

    """#

  private static let zshScript = #"""
    #compdef roost
    # zsh completion of roost
    _roost() {
      local -a lines values shown before
      local line wishes="" tab=$'\t'
      before=("${(@Q)words[2,CURRENT-1]}")
      lines=("${(@f)$("${words[1]}" __complete zsh "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
      for line in "${lines[@]}"; do
        if [[ $line == :* ]]; then
          wishes=${line#:}
        elif [[ -n $line ]]; then
          values+=("${line%%$tab*}")
          if [[ $line == *$tab* ]]; then
            shown+=("${line%%$tab*} -- ${line#*$tab}")
          else
            shown+=("$line")
          fi
        fi
      done
      if (( ${#values} )); then
        if [[ $wishes == *goes-on* ]]; then
          compadd -S '' -d shown -a values
        else
          compadd -d shown -a values
        fi
      fi
      if [[ $wishes == *files* || $wishes == *directories* ]]; then
        [[ $PREFIX == --*=* ]] && compset -P '*='
        if [[ $wishes == *files* ]]; then _files; else _files -/; fi
      fi
    }
    if [[ $funcstack[1] == _roost ]]; then _roost "$@"; else compdef _roost roost; fi

    """#

  private static let fishScript = #"""
    # fish completion of roost
    function __roost_complete
        set -l words (commandline -opc)
        set -l current (commandline -ct)
        set -l wishes ""
        for line in ($words[1] __complete fish $words[2..-1] "$current" 2>/dev/null)
            if string match -q ':*' -- $line
                set wishes $line
            else
                printf '%s\n' $line
            end
        end
        if string match -q '*files*' -- $wishes
            __fish_complete_path (string replace -r '^--[^=]*=' '' -- "$current")
        else if string match -q '*directories*' -- $wishes
            __fish_complete_directories (string replace -r '^--[^=]*=' '' -- "$current") ''
        end
    end
    complete -c roost -f -a '(__roost_complete)'

    """#
}
