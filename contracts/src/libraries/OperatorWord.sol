// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An operator key in one storage word, lowest bits first: organisation 32, from 40, until 40, roles 16, roles
/// since 40, suspended from 40, suspended until 40, emergency quota 8. Times are seconds since 1970.
/// @dev All that a verb asks about a key stands in this word, so that the answer costs one read. A retired key keeps its
/// word, with the second of its retirement as its end.
type OperatorWord is uint256;

using OperatorWordLibrary for OperatorWord global;

/// @title Reading and changing the packed word of an operator key
library OperatorWordLibrary {
    /// @notice The end of a suspension that goes on.
    uint40 internal constant OPEN = type(uint40).max;

    uint256 private constant FROM = 32;
    uint256 private constant UNTIL = 72;
    uint256 private constant ROLES = 112;
    uint256 private constant ROLES_SINCE = 128;
    uint256 private constant SUSPENDED_FROM = 168;
    uint256 private constant SUSPENDED_UNTIL = 208;
    uint256 private constant QUOTA = 248;

    /// @notice The word of a key that begins to act: not suspended.
    function pack(uint32 id_, uint40 from_, uint40 until_, uint16 roles_, uint40 rolesSince_, uint8 quota_)
        internal
        pure
        returns (OperatorWord)
    {
        return OperatorWord.wrap(
            uint256(id_) | (uint256(from_) << FROM) | (uint256(until_) << UNTIL) | (uint256(roles_) << ROLES)
                | (uint256(rolesSince_) << ROLES_SINCE) | (uint256(quota_) << QUOTA)
        );
    }

    /// @notice The organisation whose key this is or was; 0 for a key never seen.
    function id(OperatorWord word) internal pure returns (uint32) {
        return uint32(OperatorWord.unwrap(word));
    }

    /// @notice The first second at which the key acts.
    function from(OperatorWord word) internal pure returns (uint40) {
        return uint40(OperatorWord.unwrap(word) >> FROM);
    }

    /// @notice The second from which the key no longer acts.
    function until(OperatorWord word) internal pure returns (uint40) {
        return uint40(OperatorWord.unwrap(word) >> UNTIL);
    }

    /// @notice The roles of the organisation, since `rolesSince`.
    function roles(OperatorWord word) internal pure returns (uint16) {
        return uint16(OperatorWord.unwrap(word) >> ROLES);
    }

    /// @notice The second from which the roles are these.
    function rolesSince(OperatorWord word) internal pure returns (uint40) {
        return uint40(OperatorWord.unwrap(word) >> ROLES_SINCE);
    }

    /// @notice The first second of the suspension; 0 if there never was one.
    function suspendedFrom(OperatorWord word) internal pure returns (uint40) {
        return uint40(OperatorWord.unwrap(word) >> SUSPENDED_FROM);
    }

    /// @notice The first second after the suspension; `OPEN` while it lasts.
    function suspendedUntil(OperatorWord word) internal pure returns (uint40) {
        return uint40(OperatorWord.unwrap(word) >> SUSPENDED_UNTIL);
    }

    /// @notice How many emergencies the organisation may declare.
    function quota(OperatorWord word) internal pure returns (uint8) {
        return uint8(OperatorWord.unwrap(word) >> QUOTA);
    }

    /// @notice The word with another term.
    function withTerm(OperatorWord word, uint40 from_, uint40 until_) internal pure returns (OperatorWord) {
        return _with40(_with40(word, FROM, from_), UNTIL, until_);
    }

    /// @notice The word with other roles.
    function withRoles(OperatorWord word, uint16 roles_, uint40 since) internal pure returns (OperatorWord) {
        uint256 rest = OperatorWord.unwrap(word) & ~(uint256(type(uint16).max) << ROLES);
        return _with40(OperatorWord.wrap(rest | (uint256(roles_) << ROLES)), ROLES_SINCE, since);
    }

    /// @notice The word with another quota.
    function withQuota(OperatorWord word, uint8 quota_) internal pure returns (OperatorWord) {
        uint256 rest = OperatorWord.unwrap(word) & ~(uint256(type(uint8).max) << QUOTA);
        return OperatorWord.wrap(rest | (uint256(quota_) << QUOTA));
    }

    /// @notice The word suspended from `time` on.
    /// @dev There is room for one suspension. A second one joins the first, so that the time between them is answered
    /// as suspended too: too strict about the past, never too lax.
    function suspend(OperatorWord word, uint40 time) internal pure returns (OperatorWord) {
        uint40 since = suspendedUntil(word) == 0 ? time : suspendedFrom(word);
        return _with40(_with40(word, SUSPENDED_FROM, since), SUSPENDED_UNTIL, OPEN);
    }

    /// @notice The word no longer suspended from `time` on.
    function reinstate(OperatorWord word, uint40 time) internal pure returns (OperatorWord) {
        return _with40(word, SUSPENDED_UNTIL, time);
    }

    /// @notice The word of the key that takes over at `time`: roles, quota and a suspension that lasts go with the
    /// organisation; one that is over lies before its term.
    function handOver(OperatorWord word, uint40 time, uint40 until_) internal pure returns (OperatorWord next) {
        next = withTerm(word, time, until_);
        if (suspendedUntil(word) != OPEN) next = _with40(_with40(next, SUSPENDED_FROM, 0), SUSPENDED_UNTIL, 0);
    }

    /// @notice The organisation for which the key acts now, else 0.
    /// @dev Term and suspension never begin in the future, so only their ends need a look.
    function organizationNow(OperatorWord word, uint256 time) internal pure returns (uint32) {
        return until(word) > time && suspendedUntil(word) <= time ? id(word) : 0;
    }

    /// @notice The organisation for which the key acted at `time`, with roles and quota; 0 for what is not known.
    function operatorAt(OperatorWord word, uint256 time)
        internal
        pure
        returns (uint32 organization, uint16 roles_, uint8 quota_)
    {
        if (time < from(word) || time >= until(word)) return (0, 0, 0);
        if (time >= suspendedFrom(word) && time < suspendedUntil(word)) return (0, 0, 0);
        organization = id(word);
        if (time >= rolesSince(word)) (roles_, quota_) = (roles(word), quota(word));
    }

    function _with40(OperatorWord word, uint256 shift, uint40 value) private pure returns (OperatorWord) {
        uint256 rest = OperatorWord.unwrap(word) & ~(uint256(type(uint40).max) << shift);
        return OperatorWord.wrap(rest | (uint256(value) << shift));
    }
}
