// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGuardians} from "./interfaces/IGuardians.sol";
import {ISubjects} from "./interfaces/ISubjects.sol";
import {GuardianWord, GuardianWordLibrary} from "./libraries/GuardianWord.sol";
import {RecoveryWord, RecoveryWordLibrary} from "./libraries/RecoveryWord.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {SubjectWord} from "./libraries/SubjectWord.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Guardians
/// @notice See IGuardians. The part of Subjects that is about guardians and recovery.
abstract contract Guardians is IGuardians, EIP712 {
    /// @dev `next` is in force from its time on; before it, `current` is.
    struct Guarded {
        GuardianWord current;
        GuardianWord next;
        RecoveryWord recovery;
    }

    bytes32 private constant GUARDIAN_SET_TYPEHASH =
        keccak256("GuardianSet(address subject,address[] guardians,uint8 threshold,uint32 delay,bytes32 salt)");
    bytes32 private constant SET_GUARDIANS_TYPEHASH =
        keccak256("SetGuardians(address subject,bytes32 commitment,uint64 nonce,uint48 deadline)");
    bytes32 private constant VETO_TYPEHASH = keccak256("VetoRecovery(address subject,uint64 nonce,uint48 deadline)");
    bytes32 private constant RECOVER_TYPEHASH =
        keccak256("Recover(address subject,address newController,uint64 nonce,uint48 deadline)");
    bytes32 private constant GUARDIANS_REVOKE_ALL_TYPEHASH =
        keccak256("GuardiansRevokeAll(address subject,uint32 epoch,uint48 deadline)");

    /// @dev Long enough for a patient who looks once a week.
    uint48 private constant NOTICE = 7 days;
    uint256 private constant MAX_GUARDIANS = 15;
    uint32 private constant MIN_DELAY = 1 days;
    uint32 private constant MAX_DELAY = 90 days;

    mapping(address subject => Guarded) private _guarded;

    /// @inheritdoc IGuardians
    function setGuardians(address subject, bytes32 commitment) external override {
        _setGuardians(subject, commitment, _actAsController(subject));
    }

    /// @inheritdoc IGuardians
    function setGuardiansBySig(address subject, bytes32 commitment, uint48 deadline, bytes calldata signature)
        external
        override
    {
        uint64 nonce = _subjectWord(subject).nonce();
        bytes32 structHash = keccak256(abi.encode(SET_GUARDIANS_TYPEHASH, subject, commitment, nonce, deadline));
        _setGuardians(subject, commitment, _actBySignature(subject, deadline, structHash, signature));
    }

    /// @inheritdoc IGuardians
    function startRecovery(
        address subject,
        address newController,
        uint48 deadline,
        GuardianSet calldata set,
        bytes[] calldata signatures
    ) external override {
        _requireInTime(subject, deadline);
        if (newController == address(0)) revert ISubjects.Subjects_InvalidController(subject, newController);
        uint64 nonce = _subjectWord(subject).nonce();
        RecoveryWord waiting = _guarded[subject].recovery;
        if (waiting.isLive(nonce, block.timestamp)) {
            revert Guardians_RecoveryPending(subject, waiting.controller(), waiting.readyAt());
        }
        bytes32 structHash = keccak256(abi.encode(RECOVER_TYPEHASH, subject, newController, nonce, deadline));
        checkGuardians(subject, set, _hashTypedDataV4(structHash), signatures);
        uint48 readyAt = uint48(block.timestamp) + set.delay;
        _guarded[subject].recovery = RecoveryWordLibrary.pack(newController, readyAt, nonce);
        emit RecoveryStarted(subject, newController, readyAt, nonce);
    }

    /// @inheritdoc IGuardians
    function vetoRecovery(address subject) external override {
        _requireRecovery(subject);
        emit RecoveryVetoed(subject, _actAsController(subject));
    }

    /// @inheritdoc IGuardians
    function vetoRecoveryBySig(address subject, uint48 deadline, bytes calldata signature) external override {
        _requireRecovery(subject);
        uint64 nonce = _subjectWord(subject).nonce();
        bytes32 structHash = keccak256(abi.encode(VETO_TYPEHASH, subject, nonce, deadline));
        emit RecoveryVetoed(subject, _actBySignature(subject, deadline, structHash, signature));
    }

    /// @inheritdoc IGuardians
    function executeRecovery(address subject) external override {
        RecoveryWord recovery = _requireRecovery(subject);
        uint48 readyAt = recovery.readyAt();
        if (block.timestamp < readyAt) revert Guardians_NotReady(subject, readyAt, uint48(block.timestamp));
        // The rotation raises the nonce, which ends this recovery: its word may stay.
        uint64 nonce = _rotateTo(subject, recovery.controller());
        Guarded storage guarded = _guarded[subject];
        if (guarded.next.from() > block.timestamp) {
            bytes26 kept = guarded.current.commitment();
            guarded.next = GuardianWordLibrary.pack(kept, uint48(block.timestamp));
            emit GuardiansSet(subject, kept, uint48(block.timestamp), nonce);
        }
    }

    /// @inheritdoc IGuardians
    function revokeAllByGuardians(
        address subject,
        uint48 deadline,
        GuardianSet calldata set,
        bytes[] calldata signatures
    ) external override {
        _requireInTime(subject, deadline);
        uint32 epoch = _subjectWord(subject).epoch();
        bytes32 structHash = keccak256(abi.encode(GUARDIANS_REVOKE_ALL_TYPEHASH, subject, epoch, deadline));
        checkGuardians(subject, set, _hashTypedDataV4(structHash), signatures);
        _raiseEpoch(subject);
    }

    /// @inheritdoc IGuardians
    function checkGuardians(address subject, GuardianSet calldata set, bytes32 digest, bytes[] calldata signatures)
        public
        view
        override
    {
        bytes32 opened = guardianCommitment(subject, set);
        bytes26 inForce = _inForce(_guarded[subject]);
        if (inForce == 0 || bytes26(opened) != inForce) revert Guardians_WrongSet(subject, opened);
        _requireSound(subject, set);
        uint256 count = set.guardians.length;
        if (signatures.length != count) {
            revert Guardians_WrongSignatureCount(subject, signatures.length, count);
        }
        uint256 given;
        for (uint256 i; i < count; i++) {
            if (signatures[i].length == 0) continue;
            address guardian = set.guardians[i];
            if (!Signatures.isValid(guardian, digest, signatures[i])) {
                revert Guardians_InvalidSignature(subject, guardian);
            }
            given++;
        }
        if (given < set.threshold) revert Guardians_TooFewSignatures(subject, given, set.threshold);
    }

    /// @inheritdoc IGuardians
    function guardianCommitment(address subject, GuardianSet calldata set) public view override returns (bytes32) {
        bytes32 guardians = keccak256(abi.encodePacked(set.guardians));
        return _hashTypedDataV4(
            keccak256(abi.encode(GUARDIAN_SET_TYPEHASH, subject, guardians, set.threshold, set.delay, set.salt))
        );
    }

    /// @inheritdoc IGuardians
    function guardiansOf(address subject)
        external
        view
        override
        returns (bytes26 current, bytes26 next, uint48 nextFrom)
    {
        Guarded storage guarded = _guarded[subject];
        current = _inForce(guarded);
        if (guarded.next.from() > block.timestamp) (next, nextFrom) = (guarded.next.commitment(), guarded.next.from());
    }

    /// @inheritdoc IGuardians
    function recoveryOf(address subject) external view override returns (address newController, uint48 readyAt) {
        RecoveryWord recovery = _guarded[subject].recovery;
        if (recovery.isLive(_subjectWord(subject).nonce(), block.timestamp)) {
            (newController, readyAt) = (recovery.controller(), recovery.readyAt());
        }
    }

    /// @dev The stored word of a subject.
    function _subjectWord(address subject) internal view virtual returns (SubjectWord);

    /// @dev Makes sure that the caller is the controller; raises and returns the nonce.
    function _actAsController(address subject) internal virtual returns (uint64 nonce);

    /// @dev Makes sure that the controller signed the message with the current nonce; raises and returns the nonce.
    function _actBySignature(address subject, uint48 deadline, bytes32 structHash, bytes calldata signature)
        internal
        virtual
        returns (uint64 nonce);

    /// @dev Rotates and returns the new nonce.
    function _rotateTo(address subject, address newController) internal virtual returns (uint64 nonce);

    /// @dev Voids all consents, and leaves the nonce alone: a recovery goes on.
    function _raiseEpoch(address subject) internal virtual;

    function _requireInTime(address subject, uint48 deadline) internal view {
        if (block.timestamp > deadline) {
            revert ISubjects.Subjects_DeadlinePassed(subject, deadline, uint48(block.timestamp));
        }
    }

    function _setGuardians(address subject, bytes32 commitment, uint64 nonce) private {
        Guarded storage guarded = _guarded[subject];
        bytes26 inForce = _inForce(guarded);
        uint48 from = uint48(block.timestamp);
        if (inForce != 0) {
            from += NOTICE;
            guarded.current = GuardianWordLibrary.pack(inForce, 0);
        }
        guarded.next = GuardianWordLibrary.pack(bytes26(commitment), from);
        emit GuardiansSet(subject, commitment, from, nonce);
    }

    function _inForce(Guarded storage guarded) private view returns (bytes26) {
        GuardianWord next = guarded.next;
        return (next.from() <= block.timestamp ? next : guarded.current).commitment();
    }

    function _requireRecovery(address subject) private view returns (RecoveryWord recovery) {
        recovery = _guarded[subject].recovery;
        if (!recovery.isLive(_subjectWord(subject).nonce(), block.timestamp)) revert Guardians_NoRecovery(subject);
    }

    /// @dev The commitment hides the set when it is made, so its soundness is judged when it is opened.
    function _requireSound(address subject, GuardianSet calldata set) private pure {
        uint256 count = set.guardians.length;
        bool sound = count <= MAX_GUARDIANS && set.threshold != 0 && set.threshold <= count && set.delay >= MIN_DELAY
            && set.delay <= MAX_DELAY;
        if (!sound) revert Guardians_InvalidSet(subject, count, set.threshold, set.delay);
        address last;
        for (uint256 i; i < count; i++) {
            if (set.guardians[i] <= last) revert Guardians_NotAscending(subject, set.guardians[i]);
            last = set.guardians[i];
        }
    }
}
