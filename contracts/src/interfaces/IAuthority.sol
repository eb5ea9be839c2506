// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Authority: who may do what for the consortium, how long it is announced before, and what is paused
/// @notice An OpenZeppelin AccessManager whose roles, delays and rules of pausing are laid down in code at deployment.
///
/// * The **council** admits organisations, sets roles and quotas, replaces lost operator keys, announces successors and
///   administers these roles: each after a delay that everybody can watch. At once it can only suspend an organisation
///   and end or renew a pause.
/// * The **guardian** cancels what the council has scheduled, except its own dismissal, and pauses.
///
/// No role can touch a subject or a consent. There is deliberately no role for relayers: carrying a message that a
/// patient signed needs no privilege, because whoever grants such a privilege could stop a refusal.
/// @dev A pause covers one pausable verb of a contract, or all of them (scope 0). It ends by itself after 72 hours. The
/// guardian can pause the same contract again only when seven days have passed since the end: alone it can stop a verb
/// for three days in ten. Within a pause the council may renew it, each time for 72 hours and with an event.
/// Closing a target (AccessManager) stops the council's own verbs there and nothing else.
interface IAuthority {
    /// @notice What is laid down at deployment.
    /// @param council Holds ADMIN_ROLE, COUNCIL and COUNCIL_AT_ONCE.
    /// @param guardian Holds GUARDIAN.
    /// @param councilDelay Seconds between scheduling and execution of what COUNCIL does.
    /// @param adminDelay The same for changes of roles, delays and targets (ADMIN_ROLE).
    /// @param directory The Directory whose verbs belong to these roles.
    struct Setup {
        address council;
        address guardian;
        uint32 councilDelay;
        uint32 adminDelay;
        address directory;
    }

    /// @notice The verb `scope` of `target`, or all that can be (0), is paused until `until`, for `reason`.
    event TargetPaused(address indexed target, bytes4 indexed scope, uint48 until, bytes32 reason, address by);
    /// @notice Nothing of `target` is paused any more, from `until` on.
    event TargetUnpaused(address indexed target, uint48 until);
    /// @notice From `from` on `successor` takes the place of `core`; both 0 when the announcement was taken back.
    event SuccessorAnnounced(address indexed core, address indexed successor, uint48 from);

    /// @notice This verb is paused until `until`.
    error Authority_Paused(address target, bytes4 selector, uint48 until);
    /// @notice This verb cannot be paused.
    error Authority_NotPausable(address target, bytes4 scope);
    /// @notice The guardian may pause this contract again from `next` on.
    error Authority_CoolingDown(address target, uint48 next);
    /// @notice Nothing of this contract is paused.
    error Authority_NotPaused(address target);
    /// @notice A successor takes over at `earliest` at the earliest.
    error Authority_NoticeTooShort(address core, uint48 from, uint48 earliest);
    /// @notice The successor has taken over since `from`: further ones follow that contract.
    error Authority_AlreadySucceeded(address core, address successor, uint48 from);

    /// @notice Pauses a verb of a contract, or all that can be, for 72 hours. For the guardian.
    /// @param target The contract.
    /// @param scope The verb's selector; 0 for all that can be paused.
    /// @param reason A code for why.
    function pause(address target, bytes4 scope, bytes32 reason) external;

    /// @notice Lets a running pause end 72 hours from now, with a scope that may be another. For the council, at once.
    /// @param target The contract.
    /// @param scope The verb's selector; 0 for all that can be paused.
    /// @param reason A code for why.
    function renewPause(address target, bytes4 scope, bytes32 reason) external;

    /// @notice Ends a pause now. For the council, at once.
    function unpause(address target) external;

    /// @notice Announces the contract that will take the place of a core, or takes that back (successor and time 0). The
    /// core goes on for ever; this is a signpost for clients. For the council.
    /// @param core The contract to be replaced.
    /// @param successor The contract that will replace it.
    /// @param from When, in seconds since 1970: `NOTICE` from now at the earliest.
    function announceSuccessor(address core, address successor, uint48 from) external;

    /// @notice The second at which the pause of a verb ends; 0 if it is not paused now.
    function pausedUntil(address target, bytes4 selector) external view returns (uint48);

    /// @notice The announced successor of a core and when it takes over; both 0 if there is none.
    function successorOf(address core) external view returns (address successor, uint48 from);

    /// @notice Identifier of the council's role, exercised after a delay.
    function COUNCIL() external view returns (uint64);

    /// @notice Identifier of the guardian's role.
    function GUARDIAN() external view returns (uint64);

    /// @notice Identifier of the council's role for what must not wait: suspending, ending and renewing pauses.
    /// @dev The AccessManager gives delays to members of a role, hence a role of its own.
    function COUNCIL_AT_ONCE() external view returns (uint64);

    /// @notice Seconds that a pause lasts.
    function PAUSE() external view returns (uint48);

    /// @notice Seconds after the end of a pause in which the guardian cannot pause the same contract.
    function COOL_DOWN() external view returns (uint48);

    /// @notice Seconds between the announcement of a successor and its beginning, at the least.
    function NOTICE() external view returns (uint48);

    /// @notice Version of this contract.
    function version() external view returns (string memory);
}
