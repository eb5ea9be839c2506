// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Guardians: people who together give a subject a new key when the old one is lost
/// @notice The ledger holds a salted commitment to the set, so it tells neither who they are nor how many. Only when they
/// act is the set shown, and should be renewed afterwards. Together (`threshold` of them) they can do two things. They
/// can start a recovery, which waits for a delay and which the controller can veto. And they can refuse, at once: all
/// consents here, a single one in Consents. They can never grant.
/// @dev EIP-712 domain of Subjects. Types: `GuardianSet(address subject,address[] guardians,uint8 threshold,uint32 delay,
/// bytes32 salt)` for the commitment, which is its digest; `SetGuardians(address subject,bytes32 commitment,uint64 nonce,
/// uint48 deadline)` and `VetoRecovery(address subject,uint64 nonce,uint48 deadline)` for the controller;
/// `Recover(address subject,address newController,uint64 nonce,uint48 deadline)` and
/// `GuardiansRevokeAll(address subject,uint32 epoch,uint48 deadline)` for guardians.
/// A recovery is bound to the subject's nonce, and each act of the controller raises the nonce: whoever still has the key
/// ends a recovery by whatever they do. (So does a thief of the key, who then cannot grant anything that lasts: guardians
/// can refuse all as often as needed.)
interface IGuardians {
    /// @notice A set of guardians, opened.
    /// @param guardians 1 to 15 addresses, strictly ascending.
    /// @param threshold How many must sign.
    /// @param delay Seconds between the start of a recovery and its execution, 1 to 90 days.
    /// @param salt Random, so that the commitment betrays nothing.
    struct GuardianSet {
        address[] guardians;
        uint8 threshold;
        uint32 delay;
        bytes32 salt;
    }

    /// @notice From `effectiveFrom` on, the guardians of `subject` are those of `commitment` (0: none).
    event GuardiansSet(address indexed subject, bytes32 commitment, uint48 effectiveFrom, uint64 nonce);
    /// @notice Unless the controller acts before, `newController` can take over `subject` at `readyAt`.
    event RecoveryStarted(address indexed subject, address indexed newController, uint48 readyAt, uint64 nonce);
    /// @notice The controller refused the recovery that was waiting.
    event RecoveryVetoed(address indexed subject, uint64 nonce);

    /// @notice The opened set is not the one in force.
    error Guardians_WrongSet(address subject, bytes32 opened);
    /// @notice Not 1 to 15 guardians, a threshold that they cannot reach, or a delay outside 1 to 90 days.
    error Guardians_InvalidSet(address subject, uint256 count, uint8 threshold, uint32 delay);
    /// @notice A guardian is named twice, out of order, or is the zero address.
    error Guardians_NotAscending(address subject, address guardian);
    /// @notice There must be one entry per guardian, empty for those who did not sign.
    error Guardians_WrongSignatureCount(address subject, uint256 given, uint256 expected);
    /// @notice This guardian did not sign this.
    error Guardians_InvalidSignature(address subject, address guardian);
    /// @notice Fewer guardians signed than are needed.
    error Guardians_TooFewSignatures(address subject, uint256 given, uint8 threshold);
    /// @notice A recovery is waiting already. (A second start would put off the first.)
    error Guardians_RecoveryPending(address subject, address newController, uint48 readyAt);
    /// @notice No recovery is waiting: none was started, the controller has acted since, or it has lapsed.
    error Guardians_NoRecovery(address subject);
    /// @notice The delay is not over.
    error Guardians_NotReady(address subject, uint48 readyAt, uint48 time);
    /// @notice Signatures for a recovery end at `latest` at the latest.
    error Guardians_DeadlineTooFar(address subject, uint48 deadline, uint48 latest);

    /// @notice Names the guardians by commitment; 0 for none. The first set holds at once; a change takes effect 7 days
    /// later and until then the old set holds, so that a thief of the key cannot drop the guardians. For the controller.
    function setGuardians(address subject, bytes32 commitment) external;

    /// @notice As `setGuardians`, carried by anyone with the controller's signature.
    function setGuardiansBySig(address subject, bytes32 commitment, uint48 deadline, bytes calldata signature) external;

    /// @notice Starts a recovery. Carried by anyone with the signatures of guardians.
    /// @param deadline Until when the signatures count: 30 days from now at the most, so that they cannot start a second
    /// recovery after the first has lapsed.
    /// @param signatures One entry per guardian of the set, in its order; empty for those who did not sign.
    function startRecovery(
        address subject,
        address newController,
        uint48 deadline,
        GuardianSet calldata set,
        bytes[] calldata signatures
    ) external;

    /// @notice Ends a waiting recovery. For the controller.
    function vetoRecovery(address subject) external;

    /// @notice As `vetoRecovery`, carried by anyone with the controller's signature.
    function vetoRecoveryBySig(address subject, uint48 deadline, bytes calldata signature) external;

    /// @notice Rotates to the new controller once the delay is over, within 30 days. For anyone. A change of guardians that
    /// has not taken effect is dropped: whoever made it has lost control.
    function executeRecovery(address subject) external;

    /// @notice Voids all consents of a subject, at once. Carried by anyone with the signatures of guardians.
    function revokeAllByGuardians(
        address subject,
        uint48 deadline,
        GuardianSet calldata set,
        bytes[] calldata signatures
    ) external;

    /// @notice Reverts unless `set` is in force for `subject` and enough of its guardians signed `digest`.
    function checkGuardians(address subject, GuardianSet calldata set, bytes32 digest, bytes[] calldata signatures)
        external
        view;

    /// @notice The commitment to a set, to be given to `setGuardians`.
    function guardianCommitment(address subject, GuardianSet calldata set) external view returns (bytes32);

    /// @notice The first 26 bytes of the commitment in force, and of one that takes effect at `nextFrom` (0: none waits).
    function guardiansOf(address subject) external view returns (bytes26 current, bytes26 next, uint48 nextFrom);

    /// @notice The recovery that is waiting or ready; all 0 if there is none.
    function recoveryOf(address subject) external view returns (address newController, uint48 readyAt);
}
