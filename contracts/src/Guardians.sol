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
        SubjectWord current = _subjectWord(subject);
        _requireController(subject, current);
        _setGuardians(subject, commitment, _raiseNonce(subject, current));
    }

    /// @inheritdoc IGuardians
    function setGuardiansBySig(address subject, bytes32 commitment, uint48 deadline, bytes calldata signature)
        external
        override
    {
        SubjectWord current = _subjectWord(subject);
        bytes32 structHash =
            keccak256(abi.encode(SET_GUARDIANS_TYPEHASH, subject, commitment, current.nonce(), deadline));
        _requireSignature(subject, current, deadline, structHash, signature);
        _setGuardians(subject, commitment, _raiseNonce(subject, current));
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
        // A recovery that lapses leaves the nonce as it is. The signatures end before it can lapse, so they work once.
        uint48 latest = uint48(block.timestamp) + RecoveryWordLibrary.WINDOW;
        if (deadline > latest) revert Guardians_DeadlineTooFar(subject, deadline, latest);
        if (newController == address(0)) revert ISubjects.Subjects_InvalidController(subject, newController);
        uint64 nonce = _subjectWord(subject).nonce();
        Guarded storage guarded = _guarded[subject];
        RecoveryWord waiting = guarded.recovery;
        if (waiting.isLive(nonce, block.timestamp)) {
            revert Guardians_RecoveryPending(subject, waiting.controller(), waiting.readyAt());
        }
        bytes32 structHash = keccak256(abi.encode(RECOVER_TYPEHASH, subject, newController, nonce, deadline));
        checkGuardians(subject, set, _hashTypedDataV4(structHash), signatures);
        uint48 readyAt = uint48(block.timestamp) + set.delay;
        guarded.recovery = RecoveryWordLibrary.pack(newController, readyAt, nonce);
        emit RecoveryStarted(subject, newController, readyAt, nonce);
    }

    /// @inheritdoc IGuardians
    function vetoRecovery(address subject) external override {
        SubjectWord current = _subjectWord(subject);
        _requireRecovery(subject, current, _guarded[subject].recovery);
        _requireController(subject, current);
        emit RecoveryVetoed(subject, _raiseNonce(subject, current));
    }

    /// @inheritdoc IGuardians
    function vetoRecoveryBySig(address subject, uint48 deadline, bytes calldata signature) external override {
        SubjectWord current = _subjectWord(subject);
        _requireRecovery(subject, current, _guarded[subject].recovery);
        bytes32 structHash = keccak256(abi.encode(VETO_TYPEHASH, subject, current.nonce(), deadline));
        _requireSignature(subject, current, deadline, structHash, signature);
        emit RecoveryVetoed(subject, _raiseNonce(subject, current));
    }

    /// @inheritdoc IGuardians
    function executeRecovery(address subject) external override {
        SubjectWord current = _subjectWord(subject);
        Guarded storage guarded = _guarded[subject];
        RecoveryWord recovery = guarded.recovery;
        _requireRecovery(subject, current, recovery);
        uint48 readyAt = recovery.readyAt();
        if (block.timestamp < readyAt) revert Guardians_NotReady(subject, readyAt, uint48(block.timestamp));
        // The rotation raises the nonce, which ends this recovery: its word may stay.
        uint64 nonce = _rotate(subject, current, recovery.controller());
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
        SubjectWord current = _subjectWord(subject);
        bytes32 structHash = keccak256(abi.encode(GUARDIANS_REVOKE_ALL_TYPEHASH, subject, current.epoch(), deadline));
        checkGuardians(subject, set, _hashTypedDataV4(structHash), signatures);
        _raiseEpoch(subject, current);
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
        // The commitment hides the set when it is made, so its soundness is judged when it is opened. Each member is read
        // once: reading one from call data includes checking its range.
        (address[] calldata guardians, uint8 threshold) = (set.guardians, set.threshold);
        _requireSound(subject, guardians.length, threshold, set.delay);
        uint256 given = _requireSigned(subject, guardians, digest, signatures);
        if (given < threshold) revert Guardians_TooFewSignatures(subject, given, threshold);
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

    /// @dev Makes sure that the caller is the controller. Like those below, for the word as it is stored now.
    function _requireController(address subject, SubjectWord current) internal view virtual;

    /// @dev Makes sure that the controller signed in time. The struct hash holds the current nonce, so a signature works
    /// once: each use raises the nonce.
    function _requireSignature(
        address subject,
        SubjectWord current,
        uint48 deadline,
        bytes32 structHash,
        bytes calldata signature
    ) internal view virtual;

    /// @dev Raises and returns the nonce.
    function _raiseNonce(address subject, SubjectWord current) internal virtual returns (uint64 nonce);

    /// @dev Gives the subject another key, voids all consents; returns the new nonce.
    function _rotate(address subject, SubjectWord current, address newController)
        internal
        virtual
        returns (uint64 nonce);

    /// @dev Voids all consents, and leaves the nonce alone: a recovery goes on.
    function _raiseEpoch(address subject, SubjectWord current) internal virtual;

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

    function _requireRecovery(address subject, SubjectWord current, RecoveryWord recovery) private view {
        if (!recovery.isLive(current.nonce(), block.timestamp)) revert Guardians_NoRecovery(subject);
    }

    function _requireSound(address subject, uint256 count, uint8 threshold, uint32 delay) private pure {
        bool sound =
            count <= MAX_GUARDIANS && threshold != 0 && threshold <= count && delay >= MIN_DELAY && delay <= MAX_DELAY;
        if (!sound) revert Guardians_InvalidSet(subject, count, threshold, delay);
    }

    /// @dev How many of the guardians signed; all must be in order, and what is there must be valid.
    function _requireSigned(address subject, address[] calldata guardians, bytes32 digest, bytes[] calldata signatures)
        private
        view
        returns (uint256 given)
    {
        uint256 count = guardians.length;
        if (signatures.length != count) revert Guardians_WrongSignatureCount(subject, signatures.length, count);
        address last;
        for (uint256 i; i < count; i++) {
            address guardian = guardians[i];
            if (guardian <= last) revert Guardians_NotAscending(subject, guardian);
            last = guardian;
            bytes calldata signature = signatures[i];
            if (signature.length == 0) continue;
            if (!Signatures.isValid(guardian, digest, signature)) {
                revert Guardians_InvalidSignature(subject, guardian);
            }
            given++;
        }
    }
}
